/** Texts on their way back from the outbox into the field they were written in. */

import type { OutboxItem } from '../../api/client';
import { saveDraft } from '../../api/queries/conversation';
import { cancel } from '../../api/queries/outbox';

type Listener = (item: OutboxItem) => void;
const listeners = new Map<number, Listener>();

/** Hears of texts that come back to a conversation, until the returned function is called. */
export function onTakeBack(conversation: number, listener: Listener): () => void {
  listeners.set(conversation, listener);
  return () => {
    if (listeners.get(conversation) === listener) listeners.delete(conversation);
  };
}

/** Withdraws an answer and puts its text where it can be changed: into the open field, else into the conversation's draft. */
export async function takeBack(item: OutboxItem): Promise<void> {
  // What was refused has ended already.
  if (item.settled_at == null) await cancel(item.id);
  const listener = listeners.get(item.conversation);
  if (listener !== undefined) listener(item);
  else if (item.text !== '') await saveDraft(item.conversation, item.text);
}
