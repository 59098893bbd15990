/** What the program says when it cannot do what it was asked. */

/** What went wrong, by its code; the words for it are the screen's. */
export class Problem extends Error {
  readonly code: string;
  readonly params: Record<string, string | number>;
  readonly retryAfter: number | null;
  readonly trace: string;

  constructor(document: {
    code: string;
    message: string;
    params?: object;
    retry_after_s?: number | null;
    trace?: string;
  }) {
    super(document.message);
    this.code = document.code;
    this.params = (document.params ?? {}) as Record<string, string | number>;
    this.retryAfter = document.retry_after_s ?? null;
    this.trace = document.trace ?? '';
  }
}

/** What may be over in a moment: the program starts or ends, or the way to it is cut. */
const PASSING = new Set(['unreachable', 'foreign_answer', 'stopping', 'home_in_use']);

/** Whether asking again by itself makes sense. */
export const passes = (failure: unknown): boolean => !(failure instanceof Problem) || PASSING.has(failure.code);
