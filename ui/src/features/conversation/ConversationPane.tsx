import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { conversation, markRead } from '../../api/queries/conversation';
import { shops as shopsQuery } from '../../api/queries/shops';
import { useKeys } from '../../keys/bindings';
import { give, useCommands } from '../../keys/commands';
import { useWidth } from '../../lib/width';
import { useWords } from '../../lib/words';
import { Divider } from '../../ui/Divider';
import { EmptyState } from '../../ui/EmptyState';
import { written } from '../../ui/Keys';
import { Shapes } from '../../ui/Shapes';
import { Trouble } from '../../ui/Trouble';
import { Composer } from '../composer/Composer';
import { NoteField } from '../composer/NoteField';
import { ContextPane } from '../context/ContextPane';
import { LIMITS, usePaneWidth } from '../../lib/paneWidth';
import type { Deeds } from '../deeds/useDeeds';
import { Banner } from './Banner';
import s from './ConversationPane.module.css';
import { Head } from './Head';
import { Thread } from './Thread';

type Props = {
  id: number | null;
  deeds: Deeds;
  context: boolean;
  onContext: () => void;
  onBack?: (() => void) | undefined;
};

export function ConversationPane({ id, deeds, context, onContext, onBack }: Props) {
  const { say } = useWords();
  const keys = useKeys();
  if (id === null) {
    return (
      <section className={s.thread} aria-label={say('thread.name')}>
        <EmptyState
          icon="chat"
          title={say('thread.none')}
          lines={[say('thread.none_how', { key: written(keys('next')[0] ?? '↓') })]}
        />
      </section>
    );
  }
  return <Open id={id} deeds={deeds} context={context} onContext={onContext} onBack={onBack} />;
}

function Open({ id, deeds, context, onContext, onBack }: Props & { id: number }) {
  const { say } = useWords();
  const [width, setWidth] = usePaneWidth('context_width');
  const [noting, note] = useState(false);
  const beside = useWidth() === 'wide';
  const page = useInfiniteQuery(conversation(id));
  const shops = useQuery(shopsQuery).data ?? [];
  const newest = page.data?.pages[0];
  const messages = page.data?.pages.toReversed().flatMap((part) => part.messages) ?? [];
  const unread = newest?.unread ?? 0;

  useEffect(() => {
    // Read is what somebody looked at.
    if (unread > 0 && document.visibilityState === 'visible') markRead(id).catch(() => {});
  }, [id, unread]);

  useCommands({
    note: newest && (() => note(true)),
    done_next:
      newest &&
      (() => {
        deeds.done();
        give('next');
      }),
  });

  if (page.isError && newest === undefined) {
    return (
      <section className={s.thread} aria-label={say('thread.name')}>
        <Trouble problem={page.error} onRetry={() => void page.refetch()} />
      </section>
    );
  }
  if (newest === undefined) {
    return (
      <section className={s.thread} aria-label={say('thread.name')} aria-busy>
        <Shapes of="messages" />
      </section>
    );
  }
  const shop = shops.find((known) => known.id === newest.shop);
  return (
    <>
      <section className={s.thread} aria-label={say('thread.name')}>
        <Head open={newest} shop={shop} onBack={onBack} onContext={onContext} context={context} deeds={deeds} />
        <Thread
          open={newest}
          messages={messages}
          onEarlier={page.hasNextPage && !page.isFetchingNextPage ? () => void page.fetchNextPage() : undefined}
        />
        {noting && <NoteField conversation={id} onClose={() => note(false)} />}
        {shop !== undefined && <Banner shop={shop} />}
        <Composer open={newest} />
      </section>
      {context && (
        <>
          {beside && (
            <Divider
              label={say('pane.context')}
              width={width}
              {...LIMITS.context_width}
              pane="after"
              onWidth={setWidth}
            />
          )}
          <div className={s.context} style={{ width }}>
            <ContextPane open={newest} />
          </div>
        </>
      )}
    </>
  );
}
