import type { Conversation, Kind } from '../../api/client';
import { headingOf, subjectOf } from '../../lib/heading';
import { when } from '../../lib/time';
import { useWords } from '../../lib/words';
import { Icon, type IconName } from '../../ui/Icon';
import { PlatformTile, Stars, TimeLeft, TurnMark } from '../../ui/marks';
import { Name } from '../../ui/Quoted';
import s from './Row.module.css';

export const KIND_ICONS: Record<Kind, IconName> = {
  question: 'question',
  review: 'star',
  chat: 'chat',
  claim: 'claim',
  ticket: 'ticket',
  notice: 'notice',
};

type Props = { row: Conversation; shop: string; now: number; open: boolean; mixed: boolean };

/** A conversation in the list: who, what they said, what it is about, and the time left. `mixed` tells whose turn it is, too. */
export function Row({ row, shop, now, open, mixed }: Props) {
  const { say, language } = useWords();
  const ours = row.turn === 'ours' && row.due_at != null;
  const unsettled = row.outbox_state != null && ['held', 'unknown', 'failed', 'rejected'].includes(row.outbox_state);
  const named = (row.buyer || row.subject) !== '';
  return (
    <div className={`${s.row} ${open ? s.open : ''} ${row.unread > 0 ? s.unread : ''}`}>
      {row.unread > 0 && <span className={s.dot} role="img" aria-label={say('row.unread')} />}
      <span className={s.picture}>
        <Icon name={KIND_ICONS[row.kind]} size={20} />
        <span className={s.tile}>
          <PlatformTile channel={row.channel} />
        </span>
      </span>
      <span className={s.line}>
        <span className={s.who}>
          <Name>{headingOf(row, say)}</Name>
        </span>
        <span className={s.shop}>{shop}</span>
        {ours ? (
          <TimeLeft due={Date.parse(row.due_at as string)} now={now} />
        ) : (
          <span className={s.when}>{when(Date.parse(row.last_message_at), now, language)}</span>
        )}
      </span>
      <span className={`${s.line} ${s.preview}`}>
        <Name>{row.preview || subjectOf(row, say)}</Name>
      </span>
      <span className={`${s.line} ${s.foot}`}>
        <span className={s.subject}>{row.buyer === '' ? '' : <Name>{subjectOf(row, say)}</Name>}</span>
        {unsettled && <span className={s.trouble}>{say(`state.${row.outbox_state as 'held'}`)}</span>}
        {mixed && <TurnMark turn={row.turn} short />}
        {row.stars == null ? (
          <span className={s.kind}>{named ? say(`kind.${row.kind}`) : ''}</span>
        ) : (
          <Stars of={row.stars} />
        )}
      </span>
    </div>
  );
}
