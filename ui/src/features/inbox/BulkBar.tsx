import type { Deeds } from '../deeds/useDeeds';
import { useKeys } from '../../keys/bindings';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import s from './BulkBar.module.css';

type Props = {
  /** How many are taken; null for the whole list, which nobody has counted. */
  count: number | null;
  deeds: Deeds;
  onWhole: () => void;
  onNone: () => void;
};

/** What can be done with the conversations that are taken together. */
export function BulkBar({ count, deeds, onWhole, onNone }: Props) {
  const { say } = useWords();
  const keys = useKeys();
  return (
    <div className={s.bar} role="toolbar" aria-label={say('bulk.name')}>
      <Button look="quiet" icon="close" label={say('command.select_none')} onClick={onNone} />
      <b className={s.count} role="status">
        {count === null ? say('bulk.whole') : say('bulk.count', { n: count })}
      </b>
      {count !== null && (
        <Button look="quiet" onClick={onWhole}>
          {say('command.select_all')}
        </Button>
      )}
      <span className={s.deeds}>
        <Button look="quiet" icon="check" label={named(say('command.done'), keys('done')[0])} onClick={deeds.done} />
        <Button
          look="quiet"
          icon="moon"
          label={named(say('command.snooze'), keys('snooze')[0])}
          onClick={() => deeds.ask('snooze')}
        />
        <Button look="quiet" icon="star" label={named(say('command.star'), keys('star')[0])} onClick={deeds.star} />
        <Button
          look="quiet"
          icon="tag"
          label={named(say('command.tags'), keys('tags')[0])}
          onClick={() => deeds.ask('tags')}
        />
        <Button look="quiet" icon="eye" label={say('command.mark_read')} onClick={deeds.markRead} />
      </span>
    </div>
  );
}

/** A name with its key, for buttons that have no room for words. */
const named = (words: string, key: string | undefined) => (key === undefined ? words : `${words} (${key})`);
