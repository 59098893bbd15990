import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { Message } from '../../api/client';
import { changeNote, dropNote } from '../../api/queries/deeds';
import { useProblem } from '../../lib/problem';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import s from './OwnAnswer.module.css';

/** A note can be changed and taken away: nobody else has seen it. */
export function NoteDeeds({ note }: { note: Message }) {
  const { say } = useWords();
  const [changing, change] = useState(false);
  return (
    <>
      <button type="button" className={s.deed} onClick={() => change(true)}>
        {say('note.change')}
      </button>
      {changing && <NoteDialog note={note} onClose={() => change(false)} />}
    </>
  );
}

function NoteDialog({ note, onClose }: { note: Message; onClose: () => void }) {
  const { say } = useWords();
  const problem = useProblem();
  const queries = useQueryClient();
  const [text, write] = useState(note.text);
  const [failure, setFailure] = useState('');
  const attempt = (work: Promise<unknown>) => {
    work
      .then(() => queries.invalidateQueries({ queryKey: ['conversation'] }))
      .then(onClose)
      .catch((error: unknown) => setFailure(problem(error)));
  };
  return (
    <Dialog label={say('note.change')} onClose={onClose}>
      <Field label={say('note.label')} value={text} lines={4} onChange={write} />
      {failure !== '' && <p role="alert">{failure}</p>}
      <Dialog.Foot>
        <Button look="quiet" onClick={() => attempt(dropNote(note.id))}>
          {say('note.drop')}
        </Button>
        <Button
          look="main"
          blocked={text.trim() === '' ? say('note.empty') : null}
          onClick={() => attempt(changeNote(note.id, text.trim()))}
        >
          {say('note.keep')}
        </Button>
      </Dialog.Foot>
    </Dialog>
  );
}
