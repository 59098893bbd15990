import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { OutboxItem, Shop } from '../../api/client';
import { outbox } from '../../api/queries/outbox';
import { shops as shopsQuery } from '../../api/queries/shops';
import { useKeys } from '../../keys/bindings';
import { give } from '../../keys/commands';
import { useNow } from '../../lib/now';
import { when } from '../../lib/time';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { PlatformTile, StateTag } from '../../ui/marks';
import { Page } from '../../ui/Page';
import { Shapes } from '../../ui/Shapes';
import { Trouble } from '../../ui/Trouble';
import { Name } from '../../ui/Quoted';
import { OutboxDeeds } from './OutboxDeeds';
import s from './OutboxPage.module.css';
import { GROUPS, isHeldBack, needsPerson } from './states';

/** Everything on its way to buyers: first what needs a person, then what goes by itself. */
export function OutboxPage() {
  const { say } = useWords();
  const [, go] = useLocation();
  const keys = useKeys();
  const [all, setAll] = useState(false);
  const page = useInfiniteQuery(outbox(all));
  const items = page.data?.pages.flatMap((part) => part.rows) ?? [];
  const shops = useQuery(shopsQuery).data ?? [];
  const decide = items.filter(needsPerson).length;
  const settled = items.filter(
    (item) => item.settled_at != null && item.state !== 'rejected' && item.state !== 'failed',
  );
  return (
    <Page
      title={say('place.outbox')}
      note={say('outbox.to_decide', { n: decide })}
      deeds={
        <>
          <Button onClick={() => setAll(!all)}>{say(all ? 'outbox.open_only' : 'outbox.settled_too')}</Button>
          <Button icon="pause" keys={keys('hold')[0]} onClick={() => give('hold')}>
            {say('command.hold')}
          </Button>
        </>
      }
    >
      {page.isError && <Trouble problem={page.error} onRetry={() => void page.refetch()} />}
      {page.isPending && <Shapes of="rows" />}
      {page.isSuccess && items.length === 0 && (
        <EmptyState icon="sent" title={say('outbox.empty')} lines={[say('outbox.empty_how')]}>
          <Button onClick={() => go('/inbox')}>{say('outbox.to_inbox')}</Button>
        </EmptyState>
      )}
      {GROUPS.map(({ id, states }) => (
        <Group
          key={id}
          title={say(`outbox_group.${id}`)}
          shops={shops}
          items={items.filter((item) => states.includes(item.state) && !settled.includes(item))}
        />
      ))}
      {all && <Group title={say('outbox_group.settled')} shops={shops} items={settled} />}
      {page.hasNextPage && <Button onClick={() => void page.fetchNextPage()}>{say('list.more')}</Button>}
    </Page>
  );
}

function Group({ title, items, shops }: { title: string; items: OutboxItem[]; shops: Shop[] }) {
  if (items.length === 0) return null;
  return (
    <section className={s.group}>
      <h2>
        {title} <small>{items.length}</small>
      </h2>
      <ul>
        {items.map((item) => (
          <Item key={item.id} item={item} shop={shops.find((shop) => shop.id === item.shop)} />
        ))}
      </ul>
    </section>
  );
}

function Item({ item, shop }: { item: OutboxItem; shop: Shop | undefined }) {
  const { say, language } = useWords();
  const now = useNow();
  const publication = item.publication == null ? '' : say(`publication.${item.publication}`);
  const why = item.reason === 'none' || isHeldBack(item) ? publication : say(`reason.${item.reason}`);
  return (
    <li className={s.item}>
      <p className={s.line}>
        {shop !== undefined && <PlatformTile channel={shop.channel} />}
        <Link href={`/inbox/all/${item.conversation}`} className={s.text}>
          <Name>{item.text || say(`action.${item.action}`)}</Name>
        </Link>
        <StateTag state={item.state} title={item.detail} />
        <time dateTime={item.created_at}>{when(Date.parse(item.created_at), now, language)}</time>
      </p>
      {why !== '' && <p className={s.why}>{why}</p>}
      {item.state === 'unknown' && <p className={s.why}>{say('outbox.unclear_plan')}</p>}
      <OutboxDeeds item={item} />
    </li>
  );
}
