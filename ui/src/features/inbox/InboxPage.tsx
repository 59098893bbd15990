import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { conversation } from '../../api/queries/conversation';
import { useSettings, type Density } from '../../api/queries/settings';
import { useCommands } from '../../keys/commands';
import { LIMITS, usePaneWidth } from '../../lib/paneWidth';
import { useWidth } from '../../lib/width';
import { useWords } from '../../lib/words';
import { Divider } from '../../ui/Divider';
import { ConversationPane } from '../conversation/ConversationPane';
import { DeedDialogs } from '../deeds/DeedDialogs';
import { useDeeds } from '../deeds/useDeeds';
import s from './InboxPage.module.css';
import { ListPane } from './ListPane';
import { NONE, type Selection } from './selection';
import { useList } from './useList';

/** Heights of a row in CSS pixels, as the theme has them. */
const ROW: Record<Density, number> = { comfortable: 84, compact: 64 };

type Props = { tab: string; id: number | null };

/** List, conversation and context: side by side where there is room, else one at a time. */
export function InboxPage({ tab, id }: Props) {
  const { say } = useWords();
  const [, go] = useLocation();
  const width = useWidth();
  const { density } = useSettings();
  const [entered, setEntered] = useState(false);
  const [wanted, setWanted] = useState<boolean | null>(null);
  const [listWidth, setListWidth] = usePaneWidth('list_width');
  // What is taken is taken of one list.
  const [taken, take] = useState<{ tab: string; selection: Selection }>({ tab, selection: NONE });
  const selection = taken.tab === tab ? taken.selection : NONE;
  const select = (next: Selection) => take({ tab, selection: next });
  const context = wanted ?? width === 'wide';
  const single = width === 'narrow';
  const showsThread = !single || (entered && id !== null);

  const list = useList(tab);
  const open = useInfiniteQuery({ ...conversation(id ?? 0), enabled: id !== null }).data?.pages[0];
  const deeds = useDeeds({
    open: id === null ? undefined : open,
    rows: list.rows,
    selection,
    filter: list.chosen.filter,
    onDone: () => select(NONE),
  });
  useCommands({
    context: () => setWanted(!context),
    ...(single && showsThread && { back: () => setEntered(false) }),
  });

  return (
    <main className={`${s.panes} ${s[width]}`} aria-label={say('place.inbox')}>
      {(!single || !showsThread) && (
        <div className={s.list} {...(!single && { style: { width: listWidth } })}>
          <ListPane
            list={list}
            openId={id}
            height={ROW[density]}
            selection={selection}
            deeds={deeds}
            onSelect={select}
            onTab={(next) => go(`/inbox/${next}`)}
            onOpen={(next, how) => {
              if (how === 'enter') setEntered(true);
              go(next === null ? `/inbox/${tab}` : `/inbox/${tab}/${next}`, { replace: id !== null });
            }}
          />
        </div>
      )}
      {!single && (
        <Divider
          label={say('pane.list')}
          width={listWidth}
          {...LIMITS.list_width}
          pane="before"
          onWidth={setListWidth}
        />
      )}
      {showsThread && (
        <ConversationPane
          key={id ?? 'none'}
          id={id}
          deeds={deeds}
          context={context}
          onContext={() => setWanted(!context)}
          onBack={single ? () => setEntered(false) : undefined}
        />
      )}
      <DeedDialogs deeds={deeds} />
    </main>
  );
}
