/** Words of others: text and nothing else, isolated in direction, with what cannot be seen made visible and links that do nothing yet. */

import { useState } from 'react';
import { hostOf, pieces } from '../lib/text';
import { useWords } from '../lib/words';
import { platform } from '../platform/platform';
import s from './Quoted.module.css';

type Props = { children: string; lang?: string | null | undefined };

/** A name, a subject: one line of theirs. */
export function Name({ children, lang }: Props) {
  return (
    <bdi lang={lang ?? undefined} title={children}>
      {children}
    </bdi>
  );
}

/** A text of theirs. */
export function Quoted({ children, lang }: Props) {
  return (
    <div className={s.quoted} dir="auto" lang={lang ?? undefined}>
      {pieces(children).map((piece, at) => {
        // Pieces of one text never change places.
        if (piece.kind === 'link') return <Link key={at} address={piece.text} />;
        if (piece.kind === 'invisible') return <Invisible key={at} point={piece.text} />;
        return <span key={at}>{piece.text}</span>;
      })}
    </div>
  );
}

function Invisible({ point }: { point: string }) {
  const { say } = useWords();
  return (
    <span className={s.invisible} title={say('text.invisible', { point })}>
      {point}
    </span>
  );
}

/** A link shows its real host first; a second press opens it outside. */
function Link({ address }: { address: string }) {
  const { say } = useWords();
  const [looked, look] = useState(false);
  const host = hostOf(address);
  return (
    <span className={s.link}>
      <button type="button" className={s.address} aria-expanded={looked} onClick={() => look(!looked)}>
        {address}
      </button>
      {looked && host !== null && (
        <span className={s.look}>
          <span>{say('link.leads_to')}</span> <bdi className={s.host}>{host}</bdi>
          <button type="button" className={s.open} onClick={() => platform.open(address)}>
            {say('link.open')}
          </button>
        </span>
      )}
    </span>
  );
}
