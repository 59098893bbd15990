import { useState } from 'react';
import { useLocation } from 'wouter';
import { useSettings, type Density } from '../../api/queries/settings';
import { useCommands } from '../../keys/commands';
import { useWidth } from '../../lib/width';
import { useWords } from '../../lib/words';
import { ConversationPane } from '../conversation/ConversationPane';
import { Divider } from '../../ui/Divider';
import s from './InboxPage.module.css';
import { ListPane } from './ListPane';
import { LIMITS, usePaneWidth } from '../../lib/paneWidth';

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
  const context = wanted ?? width === 'wide';
  const [listWidth, setListWidth] = usePaneWidth('list_width');
  const single = width === 'narrow';
  const showsThread = !single || (entered && id !== null);

  useCommands({
    context: () => setWanted(!context),
    ...(single && showsThread && { back: () => setEntered(false) }),
  });

  return (
    <main className={`${s.panes} ${s[width]}`} aria-label={say('place.inbox')}>
      {(!single || !showsThread) && (
        <div className={s.list} {...(!single && { style: { width: listWidth } })}>
          <ListPane
            tab={tab}
            openId={id}
            height={ROW[density]}
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
          context={context}
          onContext={() => setWanted(!context)}
          onBack={single ? () => setEntered(false) : undefined}
        />
      )}
    </main>
  );
}
