import { useQuery } from '@tanstack/react-query';
import { shops as shopsQuery } from '../../api/queries/shops';
import { clock } from '../../lib/time';
import { useWords, type WordId } from '../../lib/words';
import { Button } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';

const TITLES: Record<string, WordId> = {
  reviews: 'empty.reviews',
  waiting: 'empty.waiting',
  backlog: 'empty.backlog',
  snoozed: 'empty.snoozed',
  starred: 'empty.starred',
  all: 'empty.all',
};

/** A tab with nothing in it: what is true, when we looked last and look next, one way on. */
export function Empty({ tab, onTab }: { tab: string; onTab: (tab: string) => void }) {
  const { say, language } = useWords();
  const streams = (useQuery(shopsQuery).data ?? []).flatMap((shop) => shop.streams);
  const times = (field: 'last_success_at' | 'next_at') =>
    streams
      .map((stream) => stream[field])
      .filter((at): at is string => at != null)
      .map((at) => Date.parse(at));
  const [last, next] = [Math.max(...times('last_success_at')), Math.min(...times('next_at'))];
  const lines = [
    Number.isFinite(next) ? say('empty.next_look', { at: clock(next, language) }) : null,
    Number.isFinite(last) ? say('empty.last_look', { at: clock(last, language) }) : null,
  ].filter((line) => line !== null);
  return (
    <EmptyState icon="check" title={say(TITLES[tab] ?? 'empty.urgent')} lines={lines}>
      {tab === 'all' ? null : <Button onClick={() => onTab('all')}>{say('empty.show_all')}</Button>}
    </EmptyState>
  );
}
