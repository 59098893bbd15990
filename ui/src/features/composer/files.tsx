/** Files that go with an answer: read here, held against the platform's rules, taken in by the program before anything is sent. */

import { useState } from 'react';
import { upload } from '../../api/queries/uploads';
import type { Schemas } from '../../api/client';
import { bytes } from '../../lib/text';
import { useProblem } from '../../lib/problem';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { FileChip } from '../../ui/FileChip';
import s from './files.module.css';

type Rules = Schemas['FilesTaken'] | null;
type Taken = Schemas['Upload'];
export type Files = {
  taken: Taken[];
  busy: boolean;
  failure: string;
  choose: () => void;
  drop: (id: string) => void;
  clear: () => void;
};

/** `kept` are those that went with the draft; `keep` hears what goes with it now. */
export function useFiles(rules: Rules, kept: Taken[], keep: (ids: string[]) => void): Files {
  const { say, language } = useWords();
  const problem = useProblem();
  const [taken, setTaken] = useState<Taken[]>(kept);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');

  const add = async (files: File[]) => {
    if (rules === null) return;
    setBusy(true);
    setFailure('');
    let held = taken;
    let room = rules.max_count - taken.length;
    for (const file of files) {
      if (room <= 0) {
        setFailure(say('file.too_many', { max: rules.max_count }));
        break;
      }
      if (file.size > rules.max_bytes) {
        setFailure(say('file.too_big', { name: file.name, max: bytes(rules.max_bytes, language) }));
        continue;
      }
      try {
        const stored = await upload(file);
        if (!rules.mimes.includes(stored.mime))
          setFailure(say('file.wrong_type', { name: file.name, mime: stored.mime }));
        else {
          room -= 1;
          held = [...held, stored];
          setTaken(held);
          keep(held.map((one) => one.id));
        }
      } catch (error) {
        setFailure(problem(error));
      }
    }
    setBusy(false);
  };

  const choose = () => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.accept = rules?.mimes.join(',') ?? '';
    input.addEventListener('change', () => void add([...(input.files ?? [])]));
    input.click();
  };
  return {
    taken,
    busy,
    failure,
    choose,
    drop: (id) => {
      const held = taken.filter((file) => file.id !== id);
      setTaken(held);
      keep(held.map((one) => one.id));
    },
    clear: () => {
      setTaken([]);
      keep([]);
    },
  };
}

export function FileList({ files }: { files: Files }) {
  const { say, language } = useWords();
  if (files.taken.length === 0) return null;
  return (
    <ul className={s.files} aria-label={say('message.files')}>
      {files.taken.map((file) => (
        <li key={file.id}>
          <FileChip name={file.name} facts={[bytes(file.size, language)]}>
            <Button
              look="quiet"
              icon="close"
              label={say('file.remove', { name: file.name })}
              onClick={() => files.drop(file.id)}
            />
          </FileChip>
        </li>
      ))}
    </ul>
  );
}
