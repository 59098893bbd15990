/** The tabs of the inbox: which conversations each one has, as data. */

import type { Channel, Count } from '../../api/client';
import type { Filter } from '../../api/queries/inbox';
import type { WordId } from '../../lib/words';

export type Tab = {
  id: string;
  filter: Filter;
  channel?: Channel;
  label: WordId;
  count: ((rows: Count[]) => number) | null;
};

const sum = (rows: Count[], field: 'owed' | 'backlog' | 'unread') => rows.reduce((total, row) => total + row[field], 0);

/** The tabs for these shops: what is ours to answer, of all and of each platform, then everything else. */
export function tabs(shops: { id: number; channel: Channel }[]): Tab[] {
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
    { id: 'all', filter: { folder: 'all' }, label: 'tab.all', count: null },
  ];
}
