import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { Conversation } from '../../api/client';
import { counts } from '../../api/queries/inbox';
import { labels as labelsQuery } from '../../api/queries/labels';
import { useCommands } from '../../keys/commands';
import { noteDrawn } from '../../lib/drawn';
import { useNow } from '../../lib/now';
import { group, type Group } from '../../lib/time';
import { useWords } from '../../lib/words';
import { List, type Entry, type ListHandle } from '../../ui/List';
import { LabelTag, PlatformTile } from '../../ui/marks';
import { Shapes } from '../../ui/Shapes';
import { Trouble } from '../../ui/Trouble';
import type { Deeds } from '../deeds/useDeeds';
import { Checklist } from '../first/Checklist';
import { BulkBar } from './BulkBar';
import { Empty } from './Empty';
import s from './ListPane.module.css';
import { Row } from './Row';
import { extend, isEmpty, isTaken, NONE, toggle, WHOLE, type Selection } from './selection';
import type { Tab } from './tabs';
import type { Listed } from './useList';

type Props = {
  list: Listed;
  openId: number | null;
  height: number;
  selection: Selection;
  deeds: Deeds;
  onSelect: (selection: Selection) => void;
  onTab: (tab: string) => void;
  onOpen: (id: number | null, how: 'look' | 'enter') => void;
};

export function ListPane({ list, openId, height, selection, deeds, onSelect, onTab, onOpen }: Props) {
  const { say } = useWords();
  const now = useNow();
  const { shops, known, chosen, page, rows } = list;
  const labels = useQuery(labelsQuery).data ?? [];
  const entries = useMemo(() => grouped(rows, chosen.filter.folder === 'needs', now), [rows, chosen, now]);
  const pane = useRef<ListHandle>(null);
  const selecting = !isEmpty(selection);

  const at = entries.findIndex((entry) => entry.type === 'item' && entry.item.id === openId);
  // What was answered leaves the list: the hand stays where it was.
  const last = useRef(-1);
  useEffect(() => {
    if (at >= 0) last.current = at;
  }, [at]);

  useEffect(() => {
    if (!page.isPending) noteDrawn('inbox');
  }, [page.isPending]);

  /** The conversation beside the one the hand is on. */
  const beside = (by: 1 | -1): number | null => {
    // Of what left the list, the next one stands in its place now.
    const from = at >= 0 ? at : Math.max(-1, Math.min(last.current, entries.length) - (by > 0 ? 1 : 0));
    for (let next = from + by; next >= 0 && next < entries.length; next += by) {
      const entry = entries[next];
      if (entry?.type === 'item') return entry.item.id;
    }
    return null;
  };
  const step = (by: 1 | -1) => {
    const next = beside(by);
    if (next !== null) onOpen(next, 'look');
  };
  const stretch = (by: 1 | -1) => {
    const next = beside(by);
    onSelect(extend(selection, ...[openId, next].filter((id) => id !== null)));
    if (next !== null) onOpen(next, 'look');
  };
  const turn = (by: 1 | -1) => {
    const next = known[(known.findIndex((entry) => entry.id === chosen.id) + by + known.length) % known.length];
    if (next !== undefined) onTab(next.id);
  };
  const any = rows.length > 0;
  useCommands({
    next: () => step(1),
    previous: () => step(-1),
    open: () => (openId === null ? step(1) : onOpen(openId, 'enter')),
    select: openId === null ? undefined : () => onSelect(toggle(selection, openId)),
    extend_next: any ? () => stretch(1) : undefined,
    extend_previous: any ? () => stretch(-1) : undefined,
    select_all: any ? () => onSelect(WHOLE) : undefined,
    select_none: selecting ? () => onSelect(NONE) : undefined,
    next_tab: () => turn(1),
    previous_tab: () => turn(-1),
    back: () => {
      pane.current?.focus();
      onOpen(openId, 'look');
    },
  });

  return (
    <section className={s.pane} aria-label={say('place.inbox')}>
      {selecting ? (
        <BulkBar
          count={selection.whole ? null : selection.ids.size}
          deeds={deeds}
          onWhole={() => onSelect(WHOLE)}
          onNone={() => onSelect(NONE)}
        />
      ) : (
        <Tabs known={known} chosen={chosen.id} onTab={onTab} />
      )}
      {deeds.failure !== null && <Trouble problem={deeds.failure} onRetry={deeds.forget} />}
      {page.isError && <Trouble problem={page.error} onRetry={() => void page.refetch()} />}
      {page.isPending ? (
        <Shapes of="rows" />
      ) : rows.length === 0 ? (
        page.isSuccess && <Empty tab={chosen.id} onTab={onTab} />
      ) : (
        <List
          ref={pane}
          label={say('list.name')}
          entries={entries}
          height={{ item: height, heading: 32 }}
          active={at}
          selected={(row) => row.id === openId}
          checked={selecting ? (row) => isTaken(selection, row.id) : undefined}
          onOpen={(index) => {
            const entry = entries[index];
            if (entry?.type === 'item') onOpen(entry.item.id, 'enter');
          }}
          onEnd={page.hasNextPage && !page.isFetchingNextPage ? () => void page.fetchNextPage() : undefined}
        >
          {(row) => (
            <Row
              row={row}
              shop={shops.find((shop) => shop.id === row.shop)?.name ?? ''}
              labels={labels}
              now={now}
              open={row.id === openId}
              mixed={chosen.filter.folder === 'all' && chosen.filter.turn === undefined}
              taken={selecting ? isTaken(selection, row.id) : null}
              onTake={() => onSelect(toggle(selection, row.id))}
            />
          )}
        </List>
      )}
      <Checklist />
    </section>
  );
}

/** Rows under headings by time left, where the folder is ordered by it. */
function grouped(rows: Conversation[], byTime: boolean, now: number): Entry<Conversation>[] {
  const entries: Entry<Conversation>[] = [];
  let before: Group | null = null;
  for (const item of rows) {
    const here = byTime ? group(item.due_at == null ? null : Date.parse(item.due_at), now) : null;
    if (here !== null && here !== before) {
      const of = rows.filter((row) => group(row.due_at == null ? null : Date.parse(row.due_at), now) === here).length;
      entries.push({ type: 'heading', key: here, heading: <Heading of={here} count={of} /> });
    }
    before = here;
    entries.push({ type: 'item', key: String(item.id), item });
  }
  return entries;
}

function Heading({ of, count }: { of: Group; count: number }) {
  const { say } = useWords();
  return (
    <div className={`${s.heading} ${of === 'overdue' ? s.overdue : ''}`}>
      <b>{say(`group.${of}`)}</b> {count}
    </div>
  );
}

/** A tab that is chosen by key may lie outside the strip. */
const intoView = (tab: HTMLElement | null) => tab?.scrollIntoView({ block: 'nearest', inline: 'nearest' });

function Tabs({ known, chosen, onTab }: { known: Tab[]; chosen: string; onTab: (tab: string) => void }) {
  const { say, language } = useWords();
  const rows = useQuery(counts).data?.rows ?? [];
  return (
    <div className={s.tabs} role="tablist" aria-label={say('tab.name')}>
      {known.map(({ id, channel, own, label, count }) => {
        const number = count?.(rows) ?? 0;
        return (
          <button
            key={id}
            ref={id === chosen ? intoView : undefined}
            type="button"
            role="tab"
            className={s.tab}
            aria-selected={id === chosen}
            tabIndex={id === chosen ? 0 : -1}
            onClick={() => onTab(id)}
            onKeyDown={(event) => {
              const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
              const next = known[known.findIndex((entry) => entry.id === id) + by];
              if (by === 0 || next === undefined) return;
              event.preventDefault();
              onTab(next.id);
              (event.currentTarget[by > 0 ? 'nextElementSibling' : 'previousElementSibling'] as HTMLElement).focus();
            }}
          >
            {own !== undefined ? (
              <LabelTag label={own} />
            ) : channel === undefined ? (
              say(label)
            ) : (
              <PlatformTile channel={channel} />
            )}
            {number > 0 && <small>{number.toLocaleString(language)}</small>}
          </button>
        );
      })}
    </div>
  );
}
