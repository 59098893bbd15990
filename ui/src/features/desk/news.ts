/** What is new in the shops since somebody looked last, from the counts alone. */

import type { Count } from '../../api/client';

/** Unread conversations by shop. */
export type Unread = ReadonlyMap<number, number>;

export function unreadOf(rows: Pick<Count, 'shop' | 'unread'>[]): Unread {
  const unread = new Map<number, number>();
  for (const row of rows) unread.set(row.shop, (unread.get(row.shop) ?? 0) + row.unread);
  return unread;
}

/** Shops with more than before, and shops with nothing left. What was there when the program started is no news. */
export function news(before: Unread | null, now: Unread): { more: number[]; none: number[] } {
  if (before === null) return { more: [], none: [] };
  const more = [...now].filter(([shop, unread]) => unread > (before.get(shop) ?? 0)).map(([shop]) => shop);
  const none = [...before].filter(([shop, unread]) => unread > 0 && (now.get(shop) ?? 0) === 0).map(([shop]) => shop);
  return { more, none };
}

/** Hours of the day, as HH:MM, in which nothing is said; they may pass over midnight. */
export type Quiet = { on: boolean; from: string; to: string };

export function isQuiet({ on, from, to }: Quiet, now: Date): boolean {
  if (!on) return false;
  const here = `${String(now.getHours()).padStart(2, '0')}:${String(now.getMinutes()).padStart(2, '0')}`;
  return from <= to ? from <= here && here < to : from <= here || here < to;
}
