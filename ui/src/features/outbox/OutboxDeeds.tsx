import { useState } from 'react';
import type { OutboxItem } from '../../api/client';
import { cancel, markSent, retry } from '../../api/queries/outbox';
import { useProblem } from '../../lib/problem';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { takeBack } from '../composer/takeBack';
import s from './OutboxDeeds.module.css';
import { isHeldBack, needsPerson } from './states';

/** What can be done with an item now. While it is on its way or in doubt that is nothing: then it could arrive twice. */
export function OutboxDeeds({ item }: { item: OutboxItem }) {
  const { say } = useWords();
  const problem = useProblem();
  const [failure, setFailure] = useState('');
  const attempt = (work: () => Promise<unknown>) => () => {
    setFailure('');
    work().catch((error: unknown) => setFailure(problem(error)));
  };
  const edit = attempt(() => takeBack(item));
  return (
    <div className={s.deeds}>
      {failure !== '' && <span role="alert">{failure}</span>}
      {needsPerson(item) && (
        <>
          <Button onClick={attempt(() => retry(item.id))}>{say('outbox.send')}</Button>
          {item.action === 'reply' && <Button onClick={edit}>{say('outbox.edit')}</Button>}
          <Button onClick={attempt(() => cancel(item.id))}>{say('outbox.drop')}</Button>
          <Button onClick={attempt(() => markSent(item.id))}>{say('outbox.was_sent')}</Button>
        </>
      )}
      {item.state === 'rejected' && item.action === 'reply' && <Button onClick={edit}>{say('outbox.edit')}</Button>}
      {item.state === 'queued' && item.editable && !isHeldBack(item) && (
        <Button onClick={edit}>{say('outbox.withdraw')}</Button>
      )}
    </div>
  );
}
