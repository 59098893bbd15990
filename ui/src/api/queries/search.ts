import { infiniteQueryOptions } from '@tanstack/react-query';
import { client, done } from '../client';

const PAGE = 50;

/** Hits of a line, newest first. */
export const search = (line: string) =>
  infiniteQueryOptions({
    queryKey: ['inbox', 'search', line],
    queryFn: ({ pageParam, signal }) => {
      const query = { q: line, limit: PAGE, ...(pageParam !== null && { after: pageParam }) };
      return done(client.GET('/api/search', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    enabled: line !== '',
  });
