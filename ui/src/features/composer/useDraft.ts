/** What a person is writing, kept in the program at every pause: leaving, a crash or a power cut cost at most a moment. */

import { useEffect, useState } from 'react';
import { saveDraft } from '../../api/queries/conversation';
import { onTakeBack } from './takeBack';

/** The longest a letter waits to be kept, in milliseconds. */
const PAUSE = 500;

class Keeper {
  #latest: string;
  #kept: string;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly conversation: number,
    stored: string,
  ) {
    this.#latest = stored;
    this.#kept = stored;
  }

  get isEmpty(): boolean {
    return this.#latest.trim() === '';
  }

  write(text: string): void {
    this.#latest = text;
    // Later letters do not push it back: otherwise who writes without a pause would lose everything.
    this.#timer ??= setTimeout(() => this.keep(), PAUSE);
  }

  keep(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#latest;
    if (text === this.#kept) return;
    const before = this.#kept;
    this.#kept = text;
    saveDraft(this.conversation, text).catch(() => {
      // Tried again with the next letter.
      if (this.#kept === text) this.#kept = before;
    });
  }
}

export type Write = (text: string, keep: 'soon' | 'now') => void;

export function useDraft(conversation: number, stored: string): [string, Write] {
  const [keeper] = useState(() => new Keeper(conversation, stored));
  const [text, setText] = useState(stored);
  const write: Write = (next, when) => {
    setText(next);
    keeper.write(next);
    if (when === 'now') keeper.keep();
  };

  useEffect(() => {
    const leave = () => keeper.keep();
    window.addEventListener('pagehide', leave);
    const stop = onTakeBack(keeper.conversation, (item) => {
      if (!keeper.isEmpty) return;
      setText(item.text);
      keeper.write(item.text);
      keeper.keep();
    });
    return () => {
      window.removeEventListener('pagehide', leave);
      stop();
      leave();
    };
  }, [keeper]);

  return [text, write];
}
