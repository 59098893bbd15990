import { useState } from 'react';
import type { Conversation, Kind } from '../../api/client';
import type { Label } from '../../api/queries/labels';
import { headingOf, subjectOf } from '../../lib/heading';
import { when } from '../../lib/time';
import { useWords } from '../../lib/words';
import { Icon, type IconName } from '../../ui/Icon';
import { LabelTag, PlatformTile, Stars, TimeLeft, TurnMark } from '../../ui/marks';
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

type Props = {
  row: Conversation;
  shop: string;
  labels: Label[];
  now: number;
  open: boolean;
  mixed: boolean;
  /** Whether it is taken; null while none is. */
  taken: boolean | null;
  onTake: () => void;
};

/** A conversation in the list: who, what they said, what it is about, and the time left. `mixed` tells whose turn it is, too. */
export function Row({ row, shop, labels, now, open, mixed, taken, onTake }: Props) {
  const { say, language } = useWords();
  const ours = row.turn === 'ours' && row.due_at != null;
  const unsettled = row.outbox_state != null && ['held', 'unknown', 'failed', 'rejected'].includes(row.outbox_state);
  const about = row.buyer === '' ? (row.product?.name ?? '') : subjectOf(row, say);
  const named = (row.buyer || row.subject) !== '';
  return (
    <div className={`${s.row} ${open ? s.open : ''} ${row.unread > 0 ? s.unread : ''}`}>
      {row.unread > 0 && <span className={s.dot} role="img" aria-label={say('row.unread')} />}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- within an option of the list, which is one stop: the keys have a command */}
      <span
        className={`${s.picture} ${taken === null ? '' : s.taking}`}
        onClick={(event) => {
          // The list is one stop for the keys, which have a command for this.
          event.stopPropagation();
          onTake();
        }}
      >
        <Picture key={row.product?.picture} row={row} />
        <span className={`${s.box} ${taken === true ? s.taken : ''}`}>
          {taken === true && <Icon name="check" size={16} />}
        </span>
        <span className={s.tile}>
          <PlatformTile channel={row.channel} />
        </span>
      </span>
      <span className={s.line}>
        <span className={s.who}>
          <Name>{headingOf(row, say)}</Name>
        </span>
        {row.starred && (
          <span className={s.star}>
            <Icon name="star" size={14} filled label={say('row.starred')} />
          </span>
        )}
        <span className={s.shop}>{shop}</span>
        {row.snoozed_until != null ? (
          <span className={s.when}>
            <Icon name="moon" size={14} label={say('row.snoozed')} />{' '}
            {when(Date.parse(row.snoozed_until), now, language)}
          </span>
        ) : ours ? (
          <TimeLeft due={Date.parse(row.due_at as string)} now={now} />
        ) : (
          <span className={s.when}>{when(Date.parse(row.last_message_at), now, language)}</span>
        )}
      </span>
      <span className={`${s.line} ${s.preview}`}>
        <Name>{row.preview || subjectOf(row, say)}</Name>
      </span>
      <span className={`${s.line} ${s.foot}`}>
        <span className={s.subject}>{about !== '' && <Name>{about}</Name>}</span>
        {row.tags
          .map((id) => labels.find((label) => label.id === id))
          .filter((label) => label !== undefined)
          .slice(0, 2)
          .map((label) => (
            <LabelTag key={label.id} label={label} />
          ))}
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

/** The product where there is a picture of it, else the kind of conversation. */
function Picture({ row }: { row: Conversation }) {
  const [broken, breakDown] = useState(false);
  const source = row.product?.picture;
  return source == null || broken ? (
    <Icon name={KIND_ICONS[row.kind]} size={20} />
  ) : (
    <img src={source} alt="" loading="lazy" decoding="async" onError={() => breakDown(true)} />
  );
}
