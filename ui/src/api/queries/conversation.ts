import { infiniteQueryOptions } from '@tanstack/react-query';
import { client, done, once, type Schemas } from '../client';

const PAGE = 60;

/** A conversation with its messages, the newest page first. */
export const conversation = (id: number) =>
  infiniteQueryOptions({
    queryKey: ['conversation', id],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(pageParam !== null && { before: pageParam }) };
      return done(client.GET('/api/conversations/{id}', { params: { path: { id }, query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.earlier ?? null,
  });

export const markRead = (id: number) =>
  done(client.POST('/api/conversations/{id}/read', { params: { path: { id }, header: once() } }));

/** Keeps what is being written, with the files that go with it; without them they stay as they were. */
export const saveDraft = (id: number, text: string, files?: readonly string[]) =>
  done(
    client.PUT('/api/conversations/{id}/draft', {
      params: { path: { id }, header: once() },
      body: { text, ...(files && { files: [...files] }) },
    }),
  );

/** Queues an action. Its key is made where the person acts, so that a repeated click is the same action. */
export const queue = (
  id: number,
  key: string,
  action: Partial<Schemas['Action']> & Pick<Schemas['Action'], 'action'>,
) =>
  done(
    client.POST('/api/conversations/{id}/actions', {
      params: { path: { id }, header: once(key) },
      body: action as Schemas['Action'],
    }),
  );
