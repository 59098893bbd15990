import { useState } from 'react';
import { useKeys } from '../../keys/bindings';
import { useCommands } from '../../keys/commands';
import { useNow } from '../../lib/now';
import { useProblem } from '../../lib/problem';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { Toast } from '../../ui/Toast';
import { announce, useSent, type Sent } from './sent';
import { takeBack } from './takeBack';
import s from './UndoToast.module.css';

/** Says that an answer is about to leave, and takes it back. */
export function UndoToast() {
  const sent = useSent();
  return sent === null || sent.item.reason !== 'undo_hold' ? null : <Holding key={sent.item.id} sent={sent} />;
}

function Holding({ sent: { item, name } }: { sent: Sent }) {
  const { say } = useWords();
  const problem = useProblem();
  const keys = useKeys();
  const now = useNow('second');
  const [failure, setFailure] = useState('');
  const [begun] = useState(now);
  const until = Date.parse(item.due_at);
  const seconds = Math.ceil((until - now) / 1000);
  const undo = () => {
    takeBack(item)
      .then(() => announce(null))
      .catch((error: unknown) => setFailure(problem(error)));
  };
  const running = seconds > 0;
  useCommands({ undo: running ? undo : undefined });
  if (!running) return null;
  return (
    <Toast>
      <Icon name="send" size={16} />
      <span>{failure || say('toast.leaving', { name })}</span>
      <progress
        className={s.bar}
        max={until - begun}
        value={until - now}
        aria-label={say('outbox.leaves_in', { n: seconds })}
      />
      <Button look="quiet" keys={keys('undo')[0]} onClick={undo}>
        {say('outbox.undo')}
      </Button>
    </Toast>
  );
}
