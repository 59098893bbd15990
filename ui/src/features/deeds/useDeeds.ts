/** What can be done with the open conversation, or with those that are taken together. */

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Conversation } from '../../api/client';
import { carryOut, MOST, takeBackDeed, type Deed, type Target } from '../../api/queries/deeds';
import type { Filter } from '../../api/queries/inbox';
import { labels } from '../../api/queries/labels';
import { useCommands } from '../../keys/commands';
import { instant } from '../../lib/time';
import { useWords, type Say } from '../../lib/words';
import { isEmpty, isTaken, type Selection } from '../inbox/selection';
import { tell } from './told';

type Over = 'snooze' | 'tags' | null;
type Subject = Pick<Conversation, 'id' | 'starred' | 'tags' | 'done_at' | 'due_at' | 'snoozed_until'>;

type Props = {
  open: Subject | undefined;
  rows: Subject[];
  selection: Selection;
  filter: Filter;
  /** The selection has served. */
  onDone: () => void;
};

export type Deeds = {
  /** Those it is about; empty if there is nothing to act on. */
  subjects: Subject[];
  over: Over;
  ask: (over: Over) => void;
  done: () => void;
  star: () => void;
  markRead: () => void;
  snooze: (until: number | null) => void;
  tag: (tag: { id: number; name: string }, on: boolean) => void;
  failure: unknown;
  forget: () => void;
};

export function useDeeds({ open, rows, selection, filter, onDone }: Props): Deeds {
  const { say, language } = useWords();
  const [over, ask] = useState<Over>(null);
  const [failure, fail] = useState<unknown>(null);
  const selecting = !isEmpty(selection);
  const subjects = selecting
    ? rows.filter((row) => isTaken(selection, row.id))
    : [open].filter((one) => one !== undefined);
  const targets = selecting && selection.whole ? [{ filter }] : inParts(selecting ? selection.ids : subjects);

  const queries = useQueryClient();
  // How many conversations have a tag is counted with the tags.
  const recount = () => void queries.invalidateQueries({ queryKey: labels.queryKey });
  const act = (deed: Deed, words: (count: number) => string, warning: string | null = null) => {
    fail(null);
    perform(targets, deed)
      .then(({ count, tokens }) => {
        if (selecting && deed.type !== 'tag') onDone();
        if (deed.type === 'tag') recount();
        const undo = () => takeBackAll(tokens, say).finally(recount);
        if (tokens.length > 0) tell({ words: words(count), warning, undo });
      })
      .catch(fail);
  };
  const every = (is: (one: Subject) => boolean) => subjects.length > 0 && subjects.every(is);

  const done = () => {
    const on = !every((one) => one.done_at != null);
    act({ type: 'done', on }, (n) => say(on ? 'deed.done' : 'deed.undone', { n }));
  };
  const star = () => {
    const on = !every((one) => one.starred);
    act({ type: 'star', on }, (n) => say(on ? 'deed.starred' : 'deed.unstarred', { n }));
  };
  const snooze = (until: number | null) => {
    ask(null);
    const late = until === null ? 0 : subjects.filter((one) => isPast(one, until)).length;
    act(
      { type: 'snooze', until: until === null ? null : new Date(until).toISOString() },
      (n) => (until === null ? say('deed.woken', { n }) : say('deed.snoozed', { n, at: instant(until, language) })),
      late === 0 ? null : say('deed.past_due', { n: late }),
    );
  };
  const tag: Deeds['tag'] = ({ id, name }, on) =>
    act({ type: 'tag', tag: id, on }, (n) => say(on ? 'deed.tagged' : 'deed.untagged', { n, name }));
  const markRead = () => act({ type: 'read' }, (n) => say('deed.read', { n }));

  const can = subjects.length > 0;
  useCommands({
    done: can ? done : undefined,
    star: can ? star : undefined,
    snooze: can ? () => ask('snooze') : undefined,
    tags: can ? () => ask('tags') : undefined,
  });
  return { subjects, over, ask, done, star, markRead, snooze, tag, failure, forget: () => fail(null) };
}

/** Whether a conversation would come back after our answer is due. */
export const isPast = ({ due_at }: Subject, until: number): boolean => due_at != null && until > Date.parse(due_at);

function inParts(of: Iterable<number | Subject>): Target[] {
  const ids = [...of].map((one) => (typeof one === 'number' ? one : one.id));
  return Array.from({ length: Math.ceil(ids.length / MOST) }, (_, at) => ({
    ids: ids.slice(at * MOST, (at + 1) * MOST),
  }));
}

/** One part after the other: what was done can be taken back even if a later part fails. */
async function perform(targets: Target[], deed: Deed): Promise<{ count: number; tokens: string[] }> {
  let count = 0;
  const tokens: string[] = [];
  for (const target of targets) {
    const answer = await carryOut(target, deed);
    count += answer.count;
    if (answer.undo != null) tokens.push(answer.undo);
  }
  return { count, tokens };
}

async function takeBackAll(tokens: string[], say: Say): Promise<void> {
  let left = 0;
  for (const token of tokens.toReversed()) left += (await takeBackDeed(token)).left;
  tell(left === 0 ? null : { words: say('deed.left', { n: left }), warning: null, undo: null });
}
