import { useRef, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { newKey } from '../../api/client';
import { addNote } from '../../api/queries/deeds';
import { useKeys } from '../../keys/bindings';
import { useCommands } from '../../keys/commands';
import { useProblem } from '../../lib/problem';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import s from './NoteField.module.css';

/** Notes that were begun and put aside, by conversation, as long as the page lives. */
const begun = new Map<number, string>();

/** Where a note is written: on paper of its own, with no way to a platform. */
export function NoteField({ conversation, onClose }: { conversation: number; onClose: () => void }) {
  const { say } = useWords();
  const problem = useProblem();
  const keys = useKeys();
  const queries = useQueryClient();
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(begun.get(conversation) ?? '');
  const [key, setKey] = useState(newKey);
  const [failure, setFailure] = useState('');
  const write = (next: string) => {
    setText(next);
    setKey(newKey());
    begun.set(conversation, next);
  };
  const keep = () => {
    if (text.trim() === '') return;
    addNote(conversation, text.trim(), key)
      .then(() => {
        begun.delete(conversation);
        void queries.invalidateQueries({ queryKey: ['conversation', conversation] });
        onClose();
      })
      .catch((error: unknown) => setFailure(problem(error)));
  };
  const isHere = () => document.activeElement === field.current;
  useCommands({
    note: () => field.current?.focus(),
    send: () => (isHere() ? keep() : false),
    leave: () => (isHere() ? onClose() : false),
  });
  return (
    <form
      className={s.note}
      aria-label={say('note.pane')}
      onSubmit={(event) => {
        event.preventDefault();
        keep();
      }}
    >
      <label className={s.head} htmlFor="note">
        <Icon name="lock" size={14} /> {say('note.label')}
      </label>
      <textarea
        id="note"
        ref={field}
        className={s.text}
        value={text}
        dir="auto"
        rows={2}
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- whoever asked for a note writes next
        autoFocus
        onChange={(event) => write(event.target.value)}
      />
      {failure !== '' && (
        <p className={s.failure} role="alert">
          {failure}
        </p>
      )}
      <div className={s.foot}>
        <Button look="quiet" onClick={onClose}>
          {say('dialog.cancel')}
        </Button>
        <Button type="submit" keys={keys('send')[0]} blocked={text.trim() === '' ? say('note.empty') : null}>
          {say('note.keep')}
        </Button>
      </div>
    </form>
  );
}
