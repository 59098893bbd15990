import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { counts } from '../../api/queries/inbox';
import { useSettings } from '../../api/queries/settings';
import { shops as shopsQuery } from '../../api/queries/shops';
import { useWords } from '../../lib/words';
import { platform } from '../../platform/platform';
import { isQuiet, news, unreadOf, type Unread } from './news';

/** Tells the desktop around the page what is urgent, and which shop has something new while nobody looks at it. */
export function useDesk(): void {
  const { say } = useWords();
  const { notifications, quiet_hours: quiet } = useSettings();
  const rows = useQuery(counts).data?.rows;
  const shops = useQuery(shopsQuery).data;
  const heard = useRef<Unread | null>(null);

  const urgent = (rows ?? []).reduce((total, row) => total + row.owed, 0);
  useEffect(() => platform.badge({ urgent, words: say('desk.urgent', { n: urgent }) }), [urgent, say]);

  useEffect(() => {
    if (rows === undefined || shops === undefined) return;
    const now = unreadOf(rows);
    const { more, none } = news(heard.current, now);
    heard.current = now;
    for (const shop of none) platform.withdraw(String(shop));
    if (document.hasFocus() || !notifications || isQuiet(quiet, new Date())) return;
    for (const shop of more) {
      const title = shops.find(({ id }) => id === shop)?.name;
      const body = say('desk.unread', { n: now.get(shop) ?? 0 });
      if (title !== undefined) platform.notify({ group: String(shop), title, body, place: '/inbox' });
    }
  }, [rows, shops, notifications, quiet, say]);
}
