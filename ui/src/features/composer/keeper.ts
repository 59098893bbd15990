/** What a person is writing, on its way into the program: every pause keeps it, and what could not be kept is tried again. */

import { Problem } from '../../api/problem';

/** The longest a letter waits to be kept, in milliseconds. */
export const PAUSE = 500;
/** Between two tries while the program does not answer, in milliseconds. */
export const RETRY = 2000;

/** `waiting`: the program does not answer and is asked again. `refused`: this text can never be kept. */
export type Keeping = 'kept' | 'waiting' | 'refused';

/** What is being written, and the ids of the files that go with it. */
export type Draft = { readonly text: string; readonly files: readonly string[] };

type Save = (conversation: number, text: string, files: readonly string[]) => Promise<unknown>;

const same = (one: Draft, other: Draft): boolean =>
  one.text === other.text && one.files.join(' ') === other.files.join(' ');

/** Answers that stay the same however often they are asked for. */
const FINAL = new Set(['invalid', 'too_large', 'bad_request', 'not_found', 'forbidden']);

export class Keeper {
  #latest: Draft;
  #kept: Draft;
  #underWay = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #state: Keeping = 'kept';
  #listeners = new Set<() => void>();

  constructor(
    readonly conversation: number,
    stored: Draft,
    readonly save: Save,
  ) {
    this.#latest = stored;
    this.#kept = stored;
  }

  readonly text = (): string => this.#latest.text;

  readonly files = (): readonly string[] => this.#latest.files;

  readonly state = (): Keeping => this.#state;

  get isEmpty(): boolean {
    return this.#latest.text.trim() === '';
  }

  /** Whether something is only here. */
  get isUnsaved(): boolean {
    return !same(this.#latest, this.#kept) || this.#underWay > 0;
  }

  /** Calls `changed` after every change of text or state, until the returned function is called. */
  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  };

  write(text: string): void {
    this.#take({ ...this.#latest, text });
  }

  attach(files: readonly string[]): void {
    this.#take({ ...this.#latest, files });
  }

  #take(latest: Draft): void {
    this.#latest = latest;
    this.#changed();
    // Later letters do not push it back: otherwise who writes without a pause would lose everything.
    this.#timer ??= setTimeout(() => this.keep(), PAUSE);
  }

  /** Takes what is stored from elsewhere; what is only here stays. */
  adopt(stored: Draft): void {
    if (this.isUnsaved || same(stored, this.#kept)) return;
    this.#latest = stored;
    this.#kept = stored;
    this.#changed();
  }

  keep(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const draft = this.#latest;
    if (same(draft, this.#kept)) return;
    const before = this.#kept;
    this.#kept = draft;
    this.#underWay += 1;
    this.save(this.conversation, draft.text, draft.files).then(
      () => this.#heard('kept'),
      (failure: unknown) => {
        if (this.#kept === draft) this.#kept = before;
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
