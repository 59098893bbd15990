import { newKey, send, type Schemas } from '../client';
import { Problem } from '../problem';

/** Gives a file to the program, as plain bytes: a body that is a file ends the web view's process on some systems. */
export async function upload(file: File): Promise<Schemas['Upload']> {
  const address = new URL(`/api/uploads?${new URLSearchParams({ name: file.name })}`, window.location.origin);
  const headers = { 'content-type': 'application/octet-stream', 'idempotency-key': newKey() };
  const answer = await send(new Request(address, { method: 'POST', headers, body: await file.arrayBuffer() }));
  const document: unknown = await answer.json();
  if (!answer.ok) throw new Problem(document as Schemas['Problem']);
  return document as Schemas['Upload'];
}
