import { useEffect, useLayoutEffect, useRef, type ReactNode } from 'react';
import type { ConversationDetail, Message } from '../../api/client';
import { day } from '../../lib/time';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Bubble } from './Bubble';
import { ClaimCard } from './ClaimCard';
import { NoteDeeds } from './NoteDeeds';
import { Offers } from './Offers';
import { OwnAnswer } from './OwnAnswer';
import { Pending } from './Pending';
import { ReviewCard } from './ReviewCard';
import s from './Thread.module.css';

/** Kinds that are read from their end; the others are read from their beginning. */
const TALKS: ConversationDetail['kind'][] = ['chat', 'ticket'];

type Props = { open: ConversationDetail; messages: Message[]; onEarlier?: (() => void) | undefined };

/** A conversation from its beginning down to what is on its way. The newest is in view; what comes in does not move the eye. */
export function Thread({ open, messages, onEarlier }: Props) {
  const { say, language } = useWords();
  const pane = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const newest = messages.at(-1)?.id;
  const unsettled = open.outbox.length;
  const own = messages.findLast(
    (message) => message.direction === 'out' && !message.remote_id.startsWith('local:'),
  )?.id;
  const first = messages[0]?.id;
  const before = useRef({ first, height: 0 });

  useLayoutEffect(() => {
    const element = pane.current;
    if (element === null) return;
    if (before.current.first !== first && before.current.height > 0) {
      // Earlier messages came in above: what was being read stays in its place.
      element.scrollTop += element.scrollHeight - before.current.height;
    } else if (atEnd.current) {
      element.scrollTop = element.scrollHeight;
    }
    before.current = { first, height: element.scrollHeight };
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- whenever the thread grows, though its parts are not read here
  }, [first, newest, unsettled]);

  useEffect(() => {
    const element = pane.current;
    if (element === null) return;
    // Another height of the pane, or of what is in it once a picture has come, does not move the newest out of sight.
    const stay = () => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    };
    const observer = new ResizeObserver(stay);
    observer.observe(element);
    element.addEventListener('load', stay, true);
    return () => {
      observer.disconnect();
      element.removeEventListener('load', stay, true);
    };
  }, []);

  return (
    <div
      ref={pane}
      className={s.messages}
      tabIndex={0}
      role="log"
      aria-label={say('thread.name')}
      onScroll={({ currentTarget: seen }) => {
        atEnd.current = seen.scrollHeight - seen.scrollTop - seen.clientHeight < 80;
      }}
    >
      {onEarlier !== undefined && (
        <div className={s.earlier}>
          <Button onClick={onEarlier}>{say('thread.earlier')}</Button>
        </div>
      )}
      {TALKS.includes(open.kind) && <div className={s.room} />}
      {open.review != null && <ReviewCard facts={open.review} />}
      {open.claim != null && <ClaimCard open={open} />}
      {byDay(messages, language, (message) => (
        <Bubble key={message.id} message={message}>
          {message.id === own && <OwnAnswer open={open} message={message} />}
          {message.direction === 'note' && <NoteDeeds note={message} />}
        </Bubble>
      ))}
      {open.claim == null && <Offers open={open} />}
      <Pending items={open.outbox} />
    </div>
  );
}

function byDay(messages: Message[], language: string, draw: (message: Message) => ReactNode): ReactNode[] {
  const drawn: ReactNode[] = [];
  let before = '';
  for (const message of messages) {
    const here = day(Date.parse(message.sent_at), language);
    if (here !== before) {
      drawn.push(
        <p key={`day-${message.id}`} className={s.day}>
          {here}
        </p>,
      );
    }
    before = here;
    drawn.push(draw(message));
  }
  return drawn;
}
