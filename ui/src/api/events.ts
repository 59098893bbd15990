/** What changed in the program makes cached reads stale: events name tags, tags name queries. */

import type { QueryClient } from '@tanstack/react-query';
import { platform } from '../platform/platform';

export const TAGS = ['inbox', 'conversation', 'outbox', 'shops', 'quarantine', 'settings', 'labels'] as const;
export type Tag = (typeof TAGS)[number];

/** Events come in crowds while a shop is read: what they spoil is read again once. */
const PAUSE = 200;

/** How long the host may try by itself to hear the program again; then it is asked anew. A host that got a wrong answer gives up for good. */
const AGAIN = 4_000;

/** Follows the program until the returned function is called. `connection` hears whether it can be heard. */
export function follow(queries: QueryClient, connection: (there: boolean) => void): () => void {
  const stale = new Set<Tag>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const spoil = (tags: readonly Tag[]) => {
    for (const tag of tags) stale.add(tag);
    timer ??= setTimeout(() => {
      timer = undefined;
      for (const tag of stale) void queries.invalidateQueries({ queryKey: [tag] });
      stale.clear();
    }, PAUSE);
  };
  let lost = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  let stop = () => {};
  const listen = () => {
    stop = platform.follow({
      changed: (tags) => spoil(tags.filter((tag): tag is Tag => (TAGS as readonly string[]).includes(tag))),
      connected: (there) => {
        // What happened meanwhile was not heard.
        if (there && lost) spoil(TAGS);
        lost = !there;
        connection(there);
        clearTimeout(again);
        if (lost) again = setTimeout(anew, AGAIN);
      },
    });
  };
  const anew = () => {
    stop();
    listen();
    again = setTimeout(anew, AGAIN);
  };
  listen();
  return () => {
    clearTimeout(timer);
    clearTimeout(again);
    stop();
  };
}
