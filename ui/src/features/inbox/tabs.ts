/** The tabs of the inbox: which conversations each one has, as data. */

import type { Channel, Count } from '../../api/client';
import type { Filter } from '../../api/queries/inbox';
import type { Label } from '../../api/queries/labels';
import type { WordId } from '../../lib/words';

export type Tab = {
  id: string;
  filter: Filter;
  channel?: Channel;
  /** A tag of the person, in place of words of ours. */
  own?: Label;
  label: WordId;
  count: ((rows: Count[]) => number) | null;
};

type Field = 'owed' | 'backlog' | 'unread' | 'snoozed' | 'starred';
const sum = (rows: Count[], field: Field) => rows.reduce((total, row) => total + row[field], 0);

/** The tabs for these shops: what is ours to answer, of all and of each platform, then everything else. */
export function tabs(shops: { id: number; channel: Channel }[], labels: Label[]): Tab[] {
  const channels = [...new Set(shops.map((shop) => shop.channel))];
  const ofChannel = (channel: Channel): Tab => {
    const ids = new Set(shops.filter((shop) => shop.channel === channel).map((shop) => shop.id));
    const count = (rows: Count[]) =>
      sum(
        rows.filter((row) => ids.has(row.shop)),
        'owed',
      );
    return { id: channel, filter: { folder: 'needs', channel }, channel, label: 'tab.urgent', count };
  };
  return [
    { id: 'urgent', filter: { folder: 'needs' }, label: 'tab.urgent', count: (rows) => sum(rows, 'owed') },
    ...(channels.length > 1 ? channels.map(ofChannel) : []),
    {
      id: 'reviews',
      filter: { folder: 'needs', kind: 'review' },
      label: 'tab.reviews',
      count: (rows) =>
        sum(
          rows.filter((row) => row.kind === 'review'),
          'owed',
        ),
    },
    { id: 'waiting', filter: { folder: 'all', turn: 'buyer' }, label: 'tab.waiting', count: null },
    { id: 'backlog', filter: { folder: 'backlog' }, label: 'tab.backlog', count: (rows) => sum(rows, 'backlog') },
    {
      id: 'snoozed',
      filter: { folder: 'snoozed' },
      label: 'tab.snoozed',
      count: (rows) => sum(rows, 'snoozed'),
    },
    {
      id: 'starred',
      filter: { folder: 'all', starred: true },
      label: 'tab.starred',
      count: (rows) => sum(rows, 'starred'),
    },
    { id: 'all', filter: { folder: 'all' }, label: 'tab.all', count: null },
    ...labels
      .filter((known) => known.conversations > 0)
      .map((known) => ({
        id: `tag-${known.id}`,
        filter: { folder: 'all' as const, tag: known.id },
        own: known,
        label: 'tab.all' as const,
        count: () => known.conversations,
      })),
  ];
}
