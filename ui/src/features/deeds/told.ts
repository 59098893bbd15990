/** The deed that was done last, for whoever shows that it can be taken back. */

import { useSyncExternalStore } from 'react';

export type Told = {
  /** Which telling it is. */
  id: number;
  /** What was done, in words. */
  words: string;
  /** What is to be known of it. */
  warning: string | null;
  /** Takes it back; null if it cannot be. */
  undo: (() => Promise<void>) | null;
};

let count = 0;
let last: Told | null = null;
const listeners = new Set<() => void>();

export function tell(told: Omit<Told, 'id'> | null): void {
  last = told && { ...told, id: (count += 1) };
  for (const listener of listeners) listener();
}

export function useTold(): Told | null {
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return useSyncExternalStore(subscribe, () => last);
}
