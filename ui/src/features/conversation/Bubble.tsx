import type { ReactNode } from 'react';
import type { Message } from '../../api/client';
import { clock } from '../../lib/time';
import { useWords } from '../../lib/words';
import { Icon } from '../../ui/Icon';
import { Quoted } from '../../ui/Quoted';
import s from './Bubble.module.css';
import { Files } from './Files';

/** One message, from whoever wrote it. */
export function Bubble({ message, children }: { message: Message; children?: ReactNode }) {
  const { say, language } = useWords();
  const time = clock(Date.parse(message.sent_at), language);
  if (message.direction === 'system') {
    return (
      <p className={s.system}>
        <Icon name="info" size={14} /> <span className={s.time}>{time}</span>{' '}
        <Quoted lang={message.lang}>{message.text}</Quoted>
      </p>
    );
  }
  const own = message.direction === 'out';
  const foot = [
    message.direction === 'note' ? say('note.label') : say(`author.${message.author}`),
    message.version > 1 ? say('message.edited') : null,
    message.remote_id.startsWith('local:') ? say('message.local') : null,
  ].filter((part) => part !== null);
  return (
    <article className={`${s.message} ${own ? s.own : ''} ${message.direction === 'note' ? s.note : ''}`}>
      {message.text !== '' && (
        <div className={s.bubble}>
          <Quoted lang={message.lang}>{message.text}</Quoted>
        </div>
      )}
      {message.attachments.length > 0 && <Files message={message.id} files={message.attachments} />}
      <p className={s.foot}>
        <time dateTime={message.sent_at}>{time}</time>
        {foot.map((part) => (
          <span key={part}>· {part}</span>
        ))}
        {children}
      </p>
    </article>
  );
}
