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

/** `ids` go with what is being written, `stored` are those the program has with it; `keep` hears what goes with it now. */
export function useFiles(
  rules: Rules,
  ids: readonly string[],
  stored: readonly Taken[],
  keep: (ids: string[]) => void,
): Files {
  const { say, language } = useWords();
  const problem = useProblem();
  const [added, setAdded] = useState<Taken[]>([]);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');

  const known = [...stored, ...added];
  const taken = ids.flatMap((id) => known.find((file) => file.id === id) ?? []);

  const add = async (files: File[]) => {
    if (rules === null) return;
    setBusy(true);
    setFailure('');
    let held = ids;
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
        const one = await upload(file);
        if (!rules.mimes.includes(one.mime)) setFailure(say('file.wrong_type', { name: file.name, mime: one.mime }));
        else {
          room -= 1;
          held = [...held, one.id];
          setAdded((before) => [...before, one]);
          keep([...held]);
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
    drop: (id) => keep(ids.filter((one) => one !== id)),
    clear: () => keep([]),
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
