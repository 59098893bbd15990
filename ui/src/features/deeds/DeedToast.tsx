import { useEffect, useState } from 'react';
import { useKeys } from '../../keys/bindings';
import { useCommands } from '../../keys/commands';
import { useProblem } from '../../lib/problem';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { Toast } from '../../ui/Toast';
import { tell, useTold, type Told } from './told';

/** How long a deed stands on the screen, in milliseconds. It can be taken back later, too, but not from here. */
const SHOWN = 12_000;

/** Says what was done with conversations, and takes it back. */
export function DeedToast() {
  const told = useTold();
  return told === null ? null : <Shown key={told.id} told={told} />;
}

function Shown({ told }: { told: Told }) {
  const { say } = useWords();
  const problem = useProblem();
  const keys = useKeys();
  const [held, hold] = useState(false);
  const takeBack = told.undo;
  const undo =
    takeBack === null
      ? undefined
      : () => {
          tell(null);
          takeBack().catch((error: unknown) => tell({ words: problem(error), warning: null, undo: takeBack }));
        };
  useCommands({ undo });
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => tell(null), SHOWN);
    return () => clearTimeout(timer);
  }, [held]);
  return (
    <Toast onHold={hold}>
      <Icon name={told.warning === null ? 'check' : 'warning'} size={16} />
      <span>
        {told.words}
        {told.warning !== null && <small>{told.warning}</small>}
      </span>
      {undo !== undefined && (
        <Button look="quiet" keys={keys('undo')[0]} onClick={undo}>
          {say('outbox.undo')}
        </Button>
      )}
    </Toast>
  );
}
