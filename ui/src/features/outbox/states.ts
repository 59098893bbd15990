/** What the states of an outbox item mean for the person. */

import type { OutboxItem } from '../../api/client';

type Kinds = 'decide' | 'unclear' | 'refused' | 'leaving' | 'queued';

/** Groups of the outbox, in the order in which they need a person. */
export const GROUPS: { id: Kinds; states: OutboxItem['state'][] }[] = [
  { id: 'decide', states: ['held', 'failed'] },
  { id: 'unclear', states: ['unknown'] },
  { id: 'refused', states: ['rejected'] },
  { id: 'leaving', states: ['sending'] },
  { id: 'queued', states: ['queued'] },
];

/** It has not left yet, or somebody has to look at it. */
export const isOpen = (item: OutboxItem): boolean =>
  item.settled_at == null || ['rejected', 'failed'].includes(item.state);

/** It waits for nothing but the end of the moment in which it can be undone. */
export const isHeldBack = (item: OutboxItem): boolean => item.state === 'queued' && item.reason === 'undo_hold';

/** A person has to decide. */
export const needsPerson = (item: OutboxItem): boolean => item.state === 'held' || item.state === 'failed';
