import { useState } from 'react';
import { useChange, useSettings } from '../api/queries/settings';

/** What the widths of the side panes may be, in CSS pixels. */
export const LIMITS = { list_width: { min: 320, max: 480 }, context_width: { min: 280, max: 380 } } as const;

/** The width of a side pane: follows the hand, and is kept once it rests. */
export function usePaneWidth(name: keyof typeof LIMITS): [number, (width: number, kept: boolean) => void] {
  const stored = useSettings()[name];
  const change = useChange();
  const [moving, move] = useState<number | null>(null);
  return [
    moving ?? stored,
    (width, kept) => {
      move(kept ? null : width);
      if (kept) change(name, width);
    },
  ];
}
