import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useLocation } from 'wouter';
import { counts } from '../api/queries/inbox';
import { outbox } from '../api/queries/outbox';
import { shops as shopsQuery } from '../api/queries/shops';
import { needsPerson } from '../features/outbox/states';
import { useWords, type WordId } from '../lib/words';
import { Icon, type IconName } from '../ui/Icon';
import s from './Rail.module.css';

type Place = { path: string; label: WordId; icon: IconName; count: number; look: 'mine' | 'warn'; says: WordId };

/** The places, with the numbers that matter: what is ours to answer, what waits for a decision, what has a problem. */
export function Rail() {
  const { say, language } = useWords();
  const [path] = useLocation();
  const owed = (useQuery(counts).data?.rows ?? []).reduce((total, row) => total + row.owed, 0);
  const items = useInfiniteQuery(outbox(false)).data?.pages.flatMap((page) => page.rows) ?? [];
  const resting = (useQuery(shopsQuery).data ?? []).filter(
    (shop) => shop.pause !== '' && shop.pause !== 'imported',
  ).length;
  const places: Place[] = [
    { path: '/inbox', label: 'place.inbox', icon: 'inbox', count: owed, look: 'mine', says: 'rail.owed' },
    {
      path: '/outbox',
      label: 'place.outbox',
      icon: 'send',
      count: items.filter(needsPerson).length,
      look: 'warn',
      says: 'rail.decide',
    },
    { path: '/search', label: 'place.search', icon: 'search', count: 0, look: 'mine', says: 'rail.owed' },
    { path: '/shops', label: 'place.shops', icon: 'shops', count: resting, look: 'warn', says: 'rail.resting' },
  ];
  const draw = ({ path: to, label, icon, count, look, says }: Place) => (
    <Link
      key={to}
      href={to}
      className={s.place}
      title={say(label)}
      aria-label={count > 0 ? `${say(label)}, ${say(says, { count })}` : say(label)}
      aria-current={path.startsWith(to) ? 'page' : undefined}
    >
      <Icon name={icon} size={20} />
      {count > 0 && <em className={s[look]}>{count > 999 ? '999+' : count.toLocaleString(language)}</em>}
    </Link>
  );
  return (
    <nav className={s.rail} aria-label={say('rail.name')}>
      {places.map(draw)}
      <span className={s.space} />
      {draw({
        path: '/settings',
        label: 'place.settings',
        icon: 'settings',
        count: 0,
        look: 'mine',
        says: 'rail.owed',
      })}
    </nav>
  );
}
