import { useQuery } from '@tanstack/react-query';
import { setSending, shops as shopsQuery } from '../api/queries/shops';
import { useKeys } from '../keys/bindings';
import { give, useCommands } from '../keys/commands';
import { written } from '../ui/Keys';
import { useNow } from '../lib/now';
import { clock, span } from '../lib/time';
import { useWords } from '../lib/words';
import { Icon } from '../ui/Icon';
import { Switch } from '../ui/Switch';
import s from './TopBar.module.css';

const ZONES = [
  { id: 'zone.moscow', zone: 'Europe/Moscow' },
  { id: 'zone.beijing', zone: 'Asia/Shanghai' },
] as const;

/** Above every screen: search, how fresh the inbox is, whether answers leave, and the two clocks that count. */
export function TopBar({ connected }: { connected: boolean }) {
  const { say, language } = useWords();
  const now = useNow();
  const menuKey = useKeys()('menu')[0];
  const shops = (useQuery(shopsQuery).data ?? []).filter((shop) => shop.pause !== 'imported');
  const sending = shops.length > 0 && shops.every((shop) => shop.sending);
  const some = shops.some((shop) => shop.sending);
  const turn = (on: boolean) => void Promise.allSettled(shops.map((shop) => setSending(shop.id, on)));
  useCommands({ hold: shops.length > 0 ? () => turn(!some) : undefined });

  const looks = shops.flatMap((shop) => shop.streams.map((stream) => stream.last_success_at));
  const last = Math.max(...looks.filter((at): at is string => at != null).map((at) => Date.parse(at)));
  const troubled = shops.some((shop) => shop.pause !== '' || shop.streams.some((stream) => stream.problem != null));
  const light = !connected ? 'lost' : troubled ? 'troubled' : 'fresh';
  const fresh = Number.isFinite(last)
    ? now - last < 60_000
      ? say('sync.now')
      : say('sync.ago', { span: span(now - last, say) })
    : '';
  return (
    <header className={s.top}>
      <p className={s.brand} lang="en">
        <img src="/icon.svg" alt="" width="26" height="26" /> Dragoman
      </p>
      <button type="button" className={s.search} onClick={() => give('menu')}>
        <Icon name="search" size={16} />
        <span>{say('search.placeholder')}</span>
        {menuKey !== undefined && <kbd lang="en">{written(menuKey)}</kbd>}
      </button>
      <div className={s.right}>
        <span className={`${s.light} ${s[light]}`} title={say(`sync.${light}`)}>
          {connected ? fresh : say('status.offline')}
        </span>
        {shops.length > 0 && <Switch label={say('sending.name')} on={sending} onChange={turn} />}
        <span className={s.clocks}>
          {ZONES.map(({ id, zone }) => (
            <span key={id}>
              {say(id)} <b>{clock(now, language, zone)}</b>
            </span>
          ))}
        </span>
      </div>
    </header>
  );
}
