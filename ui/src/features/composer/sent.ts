/** The answer that was queued last, for whoever shows that it can still be withdrawn. */

import { useSyncExternalStore } from 'react';
import type { OutboxItem } from '../../api/client';

export type Sent = { item: OutboxItem; name: string };

let last: Sent | null = null;
const listeners = new Set<() => void>();

export function announce(sent: Sent | null): void {
  last = sent;
  for (const listener of listeners) listener();
}

export function useSent(): Sent | null {
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return useSyncExternalStore(subscribe, () => last);
}
