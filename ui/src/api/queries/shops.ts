import { queryOptions } from '@tanstack/react-query';
import { client, done, once, type Schemas } from '../client';

/** Every shop with its streams. */
export const shops = queryOptions({
  queryKey: ['shops'],
  queryFn: async ({ signal }) => (await done(client.GET('/api/shops', { signal }))).rows,
});

const path = (id: number) => ({ params: { path: { id }, header: once() } });
export const setSending = (id: number, on: boolean) =>
  done(client.PUT('/api/shops/{id}/sending', { ...path(id), body: { on } }));
export const check = (id: number) => done(client.POST('/api/shops/{id}/check', path(id)));
export const remove = (id: number) => done(client.DELETE('/api/shops/{id}', path(id)));
export const add = (shop: Schemas['ShopToAdd']) =>
  done(client.POST('/api/shops', { params: { header: once() }, body: shop }));
export const change = (id: number, shop: Schemas['ShopToChange']) =>
  done(client.PATCH('/api/shops/{id}', { ...path(id), body: shop }));
export const startSync = (shopIds: number[]) =>
  done(
    client.POST('/api/sync', { params: { header: once() }, body: { shops: shopIds, deep: false } as Schemas['Sync'] }),
  );
