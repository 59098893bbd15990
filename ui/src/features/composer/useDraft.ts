/** The draft of an open conversation: leaving, a crash or a power cut cost at most a moment of it. */

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { conversation as shown, saveDraft } from '../../api/queries/conversation';
import { Keeper, type Draft, type Keeping } from './keeper';
import { onTakeBack } from './takeBack';

/** Texts that could not be kept before their conversation was left; whoever comes back finds them. */
const unsaved = new Map<number, Keeper>();

function keeperOf(conversation: number, stored: Draft): Keeper {
  const waiting = unsaved.get(conversation);
  unsaved.delete(conversation);
  return waiting?.isUnsaved ? waiting : new Keeper(conversation, stored, saveDraft);
}

export type Written = {
  text: string;
  write: (text: string, keep: 'soon' | 'now') => void;
  /** Ids of the files that go with it. */
  files: readonly string[];
  /** Names the files that go with the text from now on. */
  attach: (ids: readonly string[]) => void;
  keeping: Keeping;
};

export function useDraft(conversation: number, stored: string, files: readonly { id: string }[]): Written {
  const queries = useQueryClient();
  const [keeper] = useState(() => keeperOf(conversation, draftOf(stored, files)));
  const text = useSyncExternalStore(keeper.subscribe, keeper.text);
  const names = useSyncExternalStore(keeper.subscribe, keeper.files);
  const keeping = useSyncExternalStore(keeper.subscribe, keeper.state);
  const write: Written['write'] = (next, when) => {
    keeper.write(next);
    if (when === 'now') keeper.keep();
  };

  // Another window wrote. The one that has the person's hands on it keeps its own text.
  useEffect(() => {
    if (!document.hasFocus()) keeper.adopt(draftOf(stored, files));
  }, [keeper, stored, files]);

  useEffect(() => {
    const leave = () => keeper.keep();
    window.addEventListener('pagehide', leave);
    const stop = onTakeBack(keeper.conversation, (back) => {
      if (!keeper.isEmpty) return;
      if (back === null) {
        // Asked for anew: the draft that is shown may be the one from before the answer was handed in.
        const { queryKey } = shown(keeper.conversation);
        void queries.invalidateQueries({ queryKey }).then(() => {
          const open = queries.getQueryData(queryKey)?.pages[0];
          if (open !== undefined) keeper.adopt(draftOf(open.draft, open.draft_files));
        });
      } else {
        keeper.write(back);
        keeper.keep();
      }
    });
    return () => {
      window.removeEventListener('pagehide', leave);
      stop();
      leave();
      if (keeper.isUnsaved) unsaved.set(keeper.conversation, keeper);
    };
  }, [keeper, queries]);

  return { text, write, files: names, attach: (ids) => keeper.attach(ids), keeping };
}

const draftOf = (text: string, files: readonly { id: string }[]): Draft => ({ text, files: files.map(({ id }) => id) });
