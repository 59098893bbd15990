import { useEffect, useEffectEvent, useState } from 'react';
import { KeyWriter, PATIENCE } from '../../keys/reader';
import { useWords } from '../../lib/words';
import { written } from '../../ui/Keys';
import s from './KeySettings.module.css';

/** Hears which keys are to be taken: one press, or two one after the other. Escape takes none. */
export function Recorder({ onDone }: { onDone: (keys: string | null) => void }) {
  const { say } = useWords();
  const [first, setFirst] = useState<string | null>(null);
  const [writer] = useState(() => new KeyWriter());

  const pressed = useEffectEvent((event: KeyboardEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape' || event.key === 'Tab') return onDone(first);
    const key = writer.write(event);
    if (key === null || event.repeat) return;
    if (first !== null) onDone(`${first} ${key}`);
    else if (key.length > 1) onDone(key);
    else setFirst(key);
  });
  const waited = useEffectEvent(() => onDone(first));
  useEffect(() => {
    const hear = (event: KeyboardEvent) => pressed(event);
    // Before everybody else: nothing that is pressed now is a command.
    window.addEventListener('keydown', hear, true);
    return () => window.removeEventListener('keydown', hear, true);
  }, []);
  useEffect(() => {
    if (first === null) return;
    const timer = setTimeout(() => waited(), PATIENCE);
    return () => clearTimeout(timer);
  }, [first]);

  return (
    <button
      type="button"
      className={s.recorder}
      // oxlint-disable-next-line jsx-a11y/no-autofocus -- whoever asked for it presses next
      autoFocus
      onBlur={() => onDone(null)}
      onClick={() => onDone(null)}
    >
      {first === null ? say('keys.press') : say('keys.press_second', { keys: written(first) })}
    </button>
  );
}
