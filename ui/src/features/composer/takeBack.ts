/** Texts on their way back from the outbox into the field they were written in. */

import type { OutboxItem } from '../../api/client';
import { saveDraft } from '../../api/queries/conversation';
import { cancel } from '../../api/queries/outbox';

/** Hears the text that comes back; null if the program has put it, with its files, into the draft. */
type Listener = (text: string | null) => void;
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
  // What was refused has ended already, and only its text is at hand.
  const waits = item.settled_at == null;
  if (waits) await cancel(item.id);
  const listener = listeners.get(item.conversation);
  if (listener !== undefined) listener(waits ? null : item.text);
  else if (!waits && item.text !== '') await saveDraft(item.conversation, item.text);
}
