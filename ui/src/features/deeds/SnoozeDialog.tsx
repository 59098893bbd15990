import { useRef, useState } from 'react';
import { useNow } from '../../lib/now';
import { instant } from '../../lib/time';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Icon } from '../../ui/Icon';
import s from './deeds.module.css';
import { pauses, read, written } from './times';

type Props = {
  /** Whether the answer would be late by then. */
  isLate: (until: number) => boolean;
  snoozed: boolean;
  onChoose: (until: number | null) => void;
  onClose: () => void;
};

/** When it shall come back. */
export function SnoozeDialog({ isLate, snoozed, onChoose, onClose }: Props) {
  const { say, language } = useWords();
  const now = useNow();
  const list = useRef<HTMLDivElement>(null);
  const [own, setOwn] = useState('');
  const chosen = read(own);
  const offered = pauses(now);
  const warning = (
    <span className={s.late}>
      <Icon name="warning" size={14} /> {say('snooze.late')}
    </span>
  );
  return (
    <Dialog label={say('command.snooze')} onClose={onClose}>
      <div
        ref={list}
        role="menu"
        aria-label={say('command.snooze')}
        className={s.options}
        onKeyDown={(event) => {
          const nth = offered[Number(event.key) - 1];
          if (nth !== undefined) return onChoose(nth.at);
          const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
          if (by === 0) return;
          event.preventDefault();
          const all = [...(list.current?.querySelectorAll('button') ?? [])];
          const at = all.indexOf(document.activeElement as HTMLButtonElement);
          all[(at + by + all.length) % all.length]?.focus();
        }}
      >
        {offered.map(({ id, at }, index) => (
          <button
            key={id}
            type="button"
            role="menuitem"
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- whoever asked for the times chooses next
            autoFocus={index === 0}
            onClick={() => onChoose(at)}
          >
            <kbd lang="en">{index + 1}</kbd>
            <span className={s.words}>{say(`snooze.${id}`)}</span>
            {isLate(at) && warning}
            <span className={s.when}>{instant(at, language)}</span>
          </button>
        ))}
        {snoozed && (
          <button type="button" role="menuitem" onClick={() => onChoose(null)}>
            <span className={s.words}>{say('snooze.wake')}</span>
          </button>
        )}
      </div>
      <form
        className={s.own}
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen !== null && chosen > now) onChoose(chosen);
        }}
      >
        <label>
          {say('snooze.own')}
          <input
            type="datetime-local"
            value={own}
            min={written(now)}
            onChange={(event) => setOwn(event.target.value)}
          />
        </label>
        {chosen !== null && isLate(chosen) && warning}
        <Button type="submit" blocked={chosen !== null && chosen > now ? null : say('snooze.ahead')}>
          {say('snooze.set')}
        </Button>
      </form>
    </Dialog>
  );
}
