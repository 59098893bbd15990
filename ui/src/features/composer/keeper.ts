/** What a person is writing, on its way into the program: every pause keeps it, and what could not be kept is tried again. */

import { Problem } from '../../api/problem';

/** The longest a letter waits to be kept, in milliseconds. */
export const PAUSE = 500;
/** Between two tries while the program does not answer, in milliseconds. */
export const RETRY = 2000;

/** `waiting`: the program does not answer and is asked again. `refused`: this text can never be kept. */
export type Keeping = 'kept' | 'waiting' | 'refused';

type Save = (conversation: number, text: string) => Promise<unknown>;

/** Answers that stay the same however often they are asked for. */
const FINAL = new Set(['invalid', 'too_large', 'bad_request', 'not_found', 'forbidden']);

export class Keeper {
  #latest: string;
  #kept: string;
  #underWay = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #state: Keeping = 'kept';
  #listeners = new Set<() => void>();

  constructor(
    readonly conversation: number,
    stored: string,
    readonly save: Save,
  ) {
    this.#latest = stored;
    this.#kept = stored;
  }

  readonly text = (): string => this.#latest;

  readonly state = (): Keeping => this.#state;

  get isEmpty(): boolean {
    return this.#latest.trim() === '';
  }

  /** Whether something is only here. */
  get isUnsaved(): boolean {
    return this.#latest !== this.#kept || this.#underWay > 0;
  }

  /** Calls `changed` after every change of text or state, until the returned function is called. */
  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  };

  write(text: string): void {
    this.#latest = text;
    this.#changed();
    // Later letters do not push it back: otherwise who writes without a pause would lose everything.
    this.#timer ??= setTimeout(() => this.keep(), PAUSE);
  }

  /** Takes what another window has written, unless this one has something of its own. */
  adopt(stored: string): void {
    if (this.isUnsaved || stored === this.#kept) return;
    this.#latest = stored;
    this.#kept = stored;
    this.#changed();
  }

  keep(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#latest;
    if (text === this.#kept) return;
    const before = this.#kept;
    this.#kept = text;
    this.#underWay += 1;
    this.save(this.conversation, text).then(
      () => this.#heard('kept'),
      (failure: unknown) => {
        if (this.#kept === text) this.#kept = before;
        this.#heard(failure instanceof Problem && FINAL.has(failure.code) ? 'refused' : 'waiting');
      },
    );
  }

  #heard(state: Keeping): void {
    this.#underWay -= 1;
    if (state === 'waiting') this.#timer ??= setTimeout(() => this.keep(), RETRY);
    this.#state = state;
    this.#changed();
  }

  #changed(): void {
    for (const changed of this.#listeners) changed();
  }
}
