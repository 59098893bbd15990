import type { Conversation } from '../api/client';
import { known, type Say } from './words';

type Named = Pick<Conversation, 'buyer' | 'subject' | 'kind'>;

/** What a conversation is about; platforms that name a sort instead of a matter have words for it. */
export function subjectOf({ subject }: Pick<Named, 'subject'>, say: Say): string {
  const id = `subject.${subject}`;
  return known(id) ? say(id) : subject;
}

/** The name of a conversation: the buyer's; not every platform tells it, then what it is about; else its kind. */
export function headingOf(conversation: Named, say: Say): string {
  return conversation.buyer || subjectOf(conversation, say) || say(`kind.${conversation.kind}`);
}
