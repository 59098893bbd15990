import { useState } from 'react';
import { newKey, type ConversationDetail, type Message } from '../../api/client';
import { queue } from '../../api/queries/conversation';
import { instant } from '../../lib/time';
import { useProblem } from '../../lib/problem';
import { measure, type Bounds } from '../../lib/text';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import s from './OwnAnswer.module.css';

type Change = 'edit' | 'delete';

/** What can still be done with an answer of ours that the platform shows: changed or taken back, where it allows that. */
export function OwnAnswer({ open, message }: { open: ConversationDetail; message: Message }) {
  const { say, language } = useWords();
  const [changing, change] = useState<Change | null>(null);
  const offered = (['edit', 'delete'] as const).filter((kind) => open.actions.some(({ action }) => action === kind));
  const until = open.edit_until == null ? null : instant(Date.parse(open.edit_until), language);
  return (
    <>
      {offered
        .filter((kind) => kind === 'delete' || open.editable)
        .map((kind) => (
          <button
            key={kind}
            type="button"
            className={s.deed}
            title={kind === 'edit' && until !== null ? say('answer.until', { until }) : undefined}
            onClick={() => change(kind)}
          >
            {say(`answer.${kind}`)}
          </button>
        ))}
      {changing !== null && <ChangeDialog kind={changing} open={open} message={message} onClose={() => change(null)} />}
    </>
  );
}

type Props = { kind: Change; open: ConversationDetail; message: Message; onClose: () => void };

function ChangeDialog({ kind, open, message, onClose }: Props) {
  const { say } = useWords();
  const problem = useProblem();
  const [text, write] = useState(message.text);
  const [key] = useState(newKey);
  const [state, setState] = useState<{ busy: boolean; failure: string }>({ busy: false, failure: '' });
  const rules: Bounds = open.actions.find(({ action }) => action === kind) ?? {};
  const { length, state: stands } = measure(text, rules);
  const fits = kind === 'delete' || ((stands === 'fits' || stands === 'near') && text !== message.text);
  const bounds = { min: rules.min_length ?? 1, max: rules.max_length ?? '∞' };

  const carryOut = async () => {
    setState({ busy: true, failure: '' });
    try {
      await queue(open.id, key, { action: kind, target: message.id, ...(kind === 'edit' && { text }) });
      onClose();
    } catch (failure) {
      setState({ busy: false, failure: problem(failure) });
    }
  };

  return (
    <Dialog label={say(`answer.${kind}`)} onClose={onClose}>
      {kind === 'edit' ? (
        <Field
          label={say('reply.label')}
          value={text}
          lines={6}
          hint={rules.max_length == null ? String(length) : `${length} / ${rules.max_length}`}
          onChange={write}
        />
      ) : (
        <p>{say('answer.delete_consequence')}</p>
      )}
      {state.failure !== '' && <p role="alert">{state.failure}</p>}
      <Dialog.Foot>
        <Button onClick={onClose}>{say('dialog.cancel')}</Button>
        <Button
          look="main"
          onClick={() => void carryOut()}
          blocked={state.busy ? say('dialog.busy') : fits ? null : say('reply.blocked', bounds)}
        >
          {say(`answer.${kind}`)}
        </Button>
      </Dialog.Foot>
    </Dialog>
  );
}
