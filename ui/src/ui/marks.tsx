/** Small marks with one meaning each: platform, turn, time left, stars, state. None speaks by colour alone. */

import type { Channel, Conversation } from '../api/client';
import type { Label } from '../api/queries/labels';
import { left, level, remaining } from '../lib/time';
import { useWords, type WordId } from '../lib/words';
import { Icon, type IconName } from './Icon';
import s from './marks.module.css';

const PLATFORMS: Record<Channel, { letters: string; name: string }> = {
  wildberries: { letters: 'WB', name: 'Wildberries' },
  ozon: { letters: 'OZ', name: 'Ozon' },
  aliexpress: { letters: 'AE', name: 'AliExpress' },
  wish: { letters: 'WI', name: 'Wish' },
  email: { letters: '@', name: 'E-mail' },
};

/** A platform's name as it writes it. */
export const platformName = (channel: Channel): string => PLATFORMS[channel].name;

export function PlatformTile({ channel }: { channel: Channel }) {
  const { letters, name } = PLATFORMS[channel];
  return (
    <span className={`${s.tile} ${s[channel]}`} lang="en" role="img" aria-label={name} title={name}>
      {letters}
    </span>
  );
}

export function TurnMark({ turn, short = false }: { turn: Conversation['turn']; short?: boolean }) {
  const { say } = useWords();
  const words = say(`turn.${turn}`);
  return (
    <span className={`${s.turn} ${s[`turn_${turn}`]}`} title={short ? words : undefined}>
      {short ? <span className="aside">{words}</span> : words}
    </span>
  );
}

type TimeLeft = { due: number; now: number; title?: string; at?: string };

/** Time left: a pie of what remains, then digits; a filled pill once it has run out. `at` adds the instant and a ground. */
export function TimeLeft({ due, now, title, at }: TimeLeft) {
  const { say } = useWords();
  const stands = level(due, now);
  const words = left(due, now, say);
  const ground = at === undefined ? '' : s.ground;
  return (
    <span className={`${s.due} ${s[stands]} ${ground}`} title={title}>
      {stands !== 'over' && <Pie part={remaining(due, now)} />}
      {at === undefined ? (
        words
      ) : (
        <>
          <span className={s.full}>{`${stands === 'over' ? words : say('time.left', { span: words })} · ${at}`}</span>
          <span className={s.brief}>{words}</span>
        </>
      )}
    </span>
  );
}

function Pie({ part }: { part: number }) {
  // A circle of circumference 100 whose stroke is as wide as its radius.
  return (
    <svg className={s.pie} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <circle cx="6" cy="6" r="5.2" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <circle
        cx="6"
        cy="6"
        r="2.6"
        fill="none"
        stroke="currentColor"
        strokeWidth="5.2"
        pathLength={100}
        strokeDasharray={`${part} 100`}
        transform="rotate(-90 6 6)"
      />
    </svg>
  );
}

export function Stars({ of, big = false }: { of: number; big?: boolean }) {
  const { say } = useWords();
  return (
    <span className={`${s.stars} ${big ? s.big : ''}`} role="img" aria-label={say('review.stars', { stars: of })}>
      {[1, 2, 3, 4, 5].map((star) => (
        <span key={star} className={star > of ? s.off : undefined}>
          <Icon name="star" size={big ? 20 : 14} filled />
        </span>
      ))}
    </span>
  );
}

type Look = 'plain' | 'ok' | 'warn' | 'bad' | 'accent';

export function Tag({
  look = 'plain',
  icon,
  children,
  title,
}: {
  look?: Look;
  icon?: IconName;
  children: string;
  title?: string;
}) {
  return (
    <span className={`${s.tag} ${s[`tag_${look}`]}`} title={title}>
      {icon !== undefined && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}

/** A tag of the person's: their word, with its colour beside it. */
export function LabelTag({ label }: { label: Pick<Label, 'name' | 'colour'> }) {
  return (
    <span className={s.label}>
      <i className={s[`label_${label.colour}`]} />
      <bdi>{label.name}</bdi>
    </span>
  );
}

const STATES: Record<string, { look: Look; icon: IconName }> = {
  queued: { look: 'plain', icon: 'clock' },
  sending: { look: 'plain', icon: 'refresh' },
  unknown: { look: 'warn', icon: 'unclear' },
  held: { look: 'warn', icon: 'warning' },
  sent: { look: 'ok', icon: 'sent' },
  rejected: { look: 'bad', icon: 'close' },
  failed: { look: 'bad', icon: 'close' },
  cancelled: { look: 'plain', icon: 'undo' },
};

/** Where an answer stands, in words. */
export function StateTag({ state, title }: { state: string; title?: string }) {
  const { say } = useWords();
  const { look, icon } = STATES[state] ?? { look: 'plain', icon: 'info' };
  return (
    <Tag look={look} icon={icon} {...(title !== undefined && { title })}>
      {say(`state.${state}` as WordId)}
    </Tag>
  );
}
