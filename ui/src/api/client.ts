/** The one way to the program: typed by its own document. A failure is thrown as its problem document. */

import createClient from 'openapi-fetch';
import { Problem } from './problem';
import type { components, paths } from './schema.gen';

export type Schemas = components['schemas'];
export type Conversation = Schemas['Conversation'];
export type ConversationDetail = Schemas['ConversationDetail'];
export type Message = Schemas['Message'];
export type Attachment = Schemas['Attachment'];
export type OutboxItem = Schemas['OutboxItem'];
export type OfferedAction = Schemas['OfferedAction'];
export type Offer = Schemas['Offer'];
export type Shop = Schemas['Shop'];
export type Hit = Schemas['Hit'];
export type Count = Schemas['Count'];
export type Channel = Conversation['channel'];
export type Kind = Conversation['kind'];

/** Makes the key of a mutation: the same key again is the same request. */
export const newKey = (): string => crypto.randomUUID();

/** What a mutation carries: without a key of its own, each call is a request of its own. */
export const once = (key: string = newKey()) => ({ 'idempotency-key': key });

export const client = createClient<paths>({ baseUrl: window.location.origin, fetch: (request) => send(request) });

/** A request whose body is bytes: other kinds end the web view's process on some systems. What keeps it from arriving, and what answers in the program's place, is a problem like any other. */
export async function send(request: Request): Promise<Response> {
  const { method, headers, signal, url } = request;
  const reads = method === 'GET' || method === 'HEAD';
  const body = reads ? undefined : await request.arrayBuffer();
  // Asked of every mutation, so that no page of another origin can make one.
  if (!reads && !headers.has('content-type')) headers.set('content-type', 'application/json');
  let answer: Response;
  try {
    answer = await fetch(url, { method, headers, signal, ...(body && body.byteLength > 0 && { body }) });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new Problem({ code: 'unreachable', message: String(cause) });
  }
  // The program speaks JSON; a page in HTML comes from a proxy that stands between.
  const kind = answer.headers.get('content-type') ?? '';
  if (kind !== '' && !kind.includes('json')) {
    throw new Problem({ code: 'foreign_answer', message: `${answer.status} ${kind}` });
  }
  return answer;
}

type Answer<Data> = { data?: Data; error?: unknown; response: Response };

/** The data of an answer, or its problem thrown. */
export async function done<Data>(answer: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await answer;
  if (response.ok) return data as Data;
  const document = error as Schemas['Problem'] | undefined;
  throw new Problem(document?.code ? document : { code: 'internal', message: String(response.status) });
}
