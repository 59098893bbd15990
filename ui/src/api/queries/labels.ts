import { queryOptions } from '@tanstack/react-query';
import { client, done, once, type Schemas } from '../client';

export type Label = Schemas['Tag'];
export type Colour = Label['colour'];
export const COLOURS = [
  'blue',
  'green',
  'orange',
  'purple',
  'teal',
  'pink',
  'yellow',
  'red',
  'grey',
] as const satisfies Colour[];

/** Every tag there is. */
export const labels = queryOptions({
  queryKey: ['labels'],
  queryFn: async ({ signal }) => (await done(client.GET('/api/tags', { signal }))).rows,
});

export const makeLabel = (name: string, colour: Colour) =>
  done(client.POST('/api/tags', { params: { header: once() }, body: { name, colour } }));
