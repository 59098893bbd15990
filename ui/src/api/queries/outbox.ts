import { infiniteQueryOptions } from '@tanstack/react-query';
import { client, done, once } from '../client';

const PAGE = 50;

/** What is on its way or waits for a person; `all` has what is settled, too. */
export const outbox = (all: boolean) =>
  infiniteQueryOptions({
    queryKey: ['outbox', { all }],
    queryFn: ({ pageParam, signal }) => {
      const query = { all, limit: PAGE, ...(pageParam !== null && { after: pageParam }) };
      return done(client.GET('/api/outbox', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });

const path = (id: number) => ({ params: { path: { id }, header: once() } });
export const retry = (id: number) => done(client.POST('/api/outbox/{id}/retry', path(id)));
export const cancel = (id: number) => done(client.POST('/api/outbox/{id}/cancel', path(id)));
export const markSent = (id: number) => done(client.POST('/api/outbox/{id}/mark-sent', path(id)));
export const editText = (id: number, text: string) =>
  done(client.PUT('/api/outbox/{id}/text', { ...path(id), body: { text } }));
