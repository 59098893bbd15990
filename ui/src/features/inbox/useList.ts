import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { conversations } from '../../api/queries/inbox';
import { labels as labelsQuery } from '../../api/queries/labels';
import { shops as shopsQuery } from '../../api/queries/shops';
import { tabs, type Tab } from './tabs';

/** What a tab of the inbox has, as far as it was read. */
export function useList(tab: string) {
  const shops = useQuery(shopsQuery).data ?? [];
  const labels = useQuery(labelsQuery).data ?? [];
  const known = tabs(shops, labels);
  const chosen = known.find((entry) => entry.id === tab) ?? (known[0] as Tab);
  const page = useInfiniteQuery(conversations(chosen.filter));
  const rows = useMemo(() => page.data?.pages.flatMap((part) => part.rows) ?? [], [page.data]);
  return { shops, known, chosen, page, rows };
}

export type Listed = ReturnType<typeof useList>;
