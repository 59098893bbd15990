import { queryOptions } from '@tanstack/react-query';
import { client, done } from '../client';

/** What this home is, and its clock beside ours. */
export const home = queryOptions({
  queryKey: ['home'],
  queryFn: async ({ signal }) => {
    const found = await done(client.GET('/api/home', { signal }));
    return { ...found, skew: Date.parse(found.now) - Date.now() };
  },
  staleTime: 60_000,
});
