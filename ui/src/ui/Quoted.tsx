/** Words of others: text and nothing else, isolated in direction, with what cannot be seen made visible and links that do nothing yet. */

import { useState } from 'react';
import { hostOf } from '../lib/host';
import { marked, pieces, type Piece } from '../lib/text';
import { useWords } from '../lib/words';
import { platform } from '../platform/platform';
import { Icon } from './Icon';
import s from './Quoted.module.css';

type Props = { children: string; lang?: string | null | undefined };

/** A name, a subject: one line of theirs. */
export function Name({ children, lang }: Props) {
  const parts = marked(children);
  return (
    <bdi lang={lang ?? undefined} title={parts.map((part) => part.text).join('')}>
      <Pieces of={parts} />
    </bdi>
  );
}

/** A part of a line of theirs, where the line itself is isolated. */
export function Marked({ children }: { children: string }) {
  return <Pieces of={marked(children)} />;
}

/** A text of theirs. */
export function Quoted({ children, lang }: Props) {
  return (
    <div className={s.quoted} dir="auto" lang={lang ?? undefined}>
      <Pieces of={pieces(children)} />
    </div>
  );
}

function Pieces({ of }: { of: Piece[] }) {
  return of.map((piece, at) => {
    // Pieces of one text never change places.
    if (piece.kind === 'link') return <Link key={at} address={piece.text} />;
    if (piece.kind === 'plain') return <span key={at}>{piece.text}</span>;
    return <Unseen key={at} point={piece.text} turns={piece.kind === 'turning'} />;
  });
}

function Unseen({ point, turns }: { point: string; turns: boolean }) {
  const { say } = useWords();
  const words = say(turns ? 'text.turning' : 'text.invisible', { point });
  return (
    <span className={s.invisible} role="img" aria-label={words} title={words}>
      {point}
    </span>
  );
}

/** A link shows its real host first; a second press opens it outside. */
function Link({ address }: { address: string }) {
  const { say } = useWords();
  const [looked, look] = useState(false);
  const host = looked ? hostOf(address) : null;
  const warnings =
    host === null
      ? []
      : [
          host.resembles === null ? null : say('link.resembles', { name: host.resembles }),
          host.mixed ? say('link.mixed') : null,
          address.toLowerCase().startsWith('http:') ? say('link.open_to_all') : null,
        ].filter((words) => words !== null);
  return (
    <span className={s.link}>
      <button type="button" className={s.address} aria-expanded={looked} onClick={() => look(!looked)}>
        {address}
      </button>
      {looked && (
        <span className={`${s.look} ${host?.resembles == null && !host?.mixed ? '' : s.warned}`} role="status">
          {host === null ? (
            say('link.nowhere')
          ) : (
            <>
              <span>{say('link.leads_to')}</span> <bdi className={s.host}>{host.name}</bdi>
              {host.written !== null && <bdi>{say('link.written', { host: host.written })}</bdi>}
              <button type="button" className={s.open} onClick={() => platform.open(address)}>
                {say('link.open')}
              </button>
              {warnings.map((words) => (
                <span key={words} className={s.warning}>
                  <Icon name="warning" size={14} /> {words}
                </span>
              ))}
            </>
          )}
        </span>
      )}
    </span>
  );
}
