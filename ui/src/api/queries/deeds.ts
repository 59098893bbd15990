/** What a person does with conversations, one or many: each deed can be taken back as it was. */

import { client, done, once, type Schemas } from '../client';
import type { Filter } from './inbox';

export type Deed = Schemas['Deed'];
/** Conversations by their numbers, or all that a list shows now and further on. */
export type Target = { ids: number[] } | { filter: Filter };

/** How many conversations one deed may name. */
export const MOST = 500;

/** Does it; answers how many conversations changed, and what takes it back. */
export const carryOut = (target: Target, deed: Deed) =>
  done(client.POST('/api/conversations/bulk', { params: { header: once() }, body: { ...target, deed } }));

/** Puts every conversation of a deed back, except those that have changed since. */
export const takeBackDeed = (token: string) =>
  done(client.POST('/api/bulk/{token}/undo', { params: { path: { token }, header: once() } }));

export const addNote = (id: number, text: string, key: string) =>
  done(client.POST('/api/conversations/{id}/notes', { params: { path: { id }, header: once(key) }, body: { text } }));
export const changeNote = (id: number, text: string) =>
  done(client.PUT('/api/notes/{id}', { params: { path: { id }, header: once() }, body: { text } }));
export const dropNote = (id: number) =>
  done(client.DELETE('/api/notes/{id}', { params: { path: { id }, header: once() } }));
