import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client, done, type Channel, type Kind } from '../client';

export type Folder = 'needs' | 'backlog' | 'unread' | 'snoozed' | 'all';
export type Filter = {
  folder: Folder;
  channel?: Channel;
  kind?: Kind;
  turn?: 'buyer' | 'platform';
  starred?: boolean;
  tag?: number;
};

/** Rows of the first page, which the person waits for, and of each that follows. */
const FIRST_PAGE = 50;
const PAGE = 200;

/** A folder's conversations, in its order. */
export const conversations = (filter: Filter) =>
  infiniteQueryOptions({
    queryKey: ['inbox', 'list', filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filter, ...(pageParam === null ? { limit: FIRST_PAGE } : { limit: PAGE, after: pageParam }) };
      return done(client.GET('/api/conversations', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });

/** What each shop owes, by kind. */
export const counts = queryOptions({
  queryKey: ['inbox', 'counts'],
  queryFn: ({ signal }) => done(client.GET('/api/counts', { signal })),
});
