import { useSyncExternalStore } from 'react';

export type Width = 'wide' | 'middle' | 'narrow';

/** From these on there is room for list, conversation and context, and for list and conversation. */
const WIDE = window.matchMedia('(min-width: 1396px)');
const MIDDLE = window.matchMedia('(min-width: 1084px)');

function subscribe(changed: () => void): () => void {
  for (const query of [WIDE, MIDDLE]) query.addEventListener('change', changed);
  return () => {
    for (const query of [WIDE, MIDDLE]) query.removeEventListener('change', changed);
  };
}

export function useWidth(): Width {
  return useSyncExternalStore(subscribe, () => (WIDE.matches ? 'wide' : MIDDLE.matches ? 'middle' : 'narrow'));
}
