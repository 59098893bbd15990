import type { OutboxItem } from '../../api/client';
import { OutboxDeeds } from '../outbox/OutboxDeeds';
import { isHeldBack, isOpen } from '../outbox/states';
import { useWords } from '../../lib/words';
import { StateTag } from '../../ui/marks';
import { Quoted } from '../../ui/Quoted';
import s from './Pending.module.css';

/** Our answers that the platform does not show yet, where they will stand once it does. */
export function Pending({ items }: { items: OutboxItem[] }) {
  return items
    .filter((item) => isOpen(item) && item.action !== 'read')
    .map((item) => <Waiting key={item.id} item={item} />);
}

function Waiting({ item }: { item: OutboxItem }) {
  const { say } = useWords();
  const why = item.reason === 'none' || isHeldBack(item) ? '' : say(`reason.${item.reason}`);
  return (
    <article className={s.waiting} aria-label={say(`state.${item.state}`)}>
      {item.text !== '' && (
        <div className={s.text}>
          <Quoted>{item.text}</Quoted>
        </div>
      )}
      <p className={s.foot}>
        {item.action !== 'reply' && <span>{say(`action.${item.action}`)}</span>}
        <span>{why}</span>
        <StateTag state={item.state} title={item.detail} />
      </p>
      <OutboxDeeds item={item} />
    </article>
  );
}
