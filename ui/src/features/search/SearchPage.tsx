import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { Hit } from '../../api/client';
import { search } from '../../api/queries/search';
import { shops as shopsQuery } from '../../api/queries/shops';
import { useCommands } from '../../keys/commands';
import { headingOf, subjectOf } from '../../lib/heading';
import { useNow } from '../../lib/now';
import { when } from '../../lib/time';
import { known, useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { PlatformTile } from '../../ui/marks';
import { Page } from '../../ui/Page';
import { Marked, Name } from '../../ui/Quoted';
import { SearchField } from '../../ui/SearchField';
import { Shapes } from '../../ui/Shapes';
import { Trouble } from '../../ui/Trouble';
import s from './SearchPage.module.css';

/** How long a pause in typing makes the line a place one can come back to; web views allow few changes of address. */
const PAUSE = 300;
const OPERATORS = [
  'shop:',
  'channel:',
  'kind:',
  'turn:',
  'order:',
  'sku:',
  'from:',
  'before:',
  'after:',
  'has:',
  'is:',
  'tag:',
];

/** Every message ever stored: hits grouped by conversation, newest first. */
export function SearchPage({ line }: { line: string }) {
  const { say, language } = useWords();
  const [, go] = useLocation();
  const [typed, type] = useState(line);
  const field = useRef<HTMLInputElement>(null);
  const page = useInfiniteQuery({ ...search(typed), placeholderData: (before) => before });
  const first = page.data?.pages[0];
  const hits = page.data?.pages.flatMap((part) => part.rows) ?? [];

  useEffect(() => {
    if (typed === line) return;
    const timer = setTimeout(
      () => go(typed === '' ? '/search' : `/search/${encodeURIComponent(typed)}`, { replace: true }),
      PAUSE,
    );
    return () => clearTimeout(timer);
  }, [typed, line, go]);
  useEffect(() => field.current?.focus(), []);
  useCommands({
    search: () => field.current?.focus(),
    leave: () => {
      if (document.activeElement !== field.current) return false;
      field.current?.blur();
    },
  });

  const total = first?.total;
  const count = total === undefined ? '' : `${total.count.toLocaleString(language)}${total.exact ? '' : '+'}`;
  return (
    <Page
      title={say('place.search')}
      {...(typed !== '' && total !== undefined && { note: say('search.total', { n: total.count, count }) })}
    >
      <SearchField
        ref={field}
        type="search"
        label={say('search.placeholder')}
        value={typed}
        onChange={(event) => type(event.target.value)}
      />
      <p className={s.operators}>
        {OPERATORS.map((operator) => (
          <button
            key={operator}
            type="button"
            lang="en"
            onClick={() => {
              type(`${typed}${typed === '' || typed.endsWith(' ') ? '' : ' '}${operator}`);
              field.current?.focus();
            }}
          >
            {operator}
          </button>
        ))}
      </p>
      {first?.rebuilding && <p className={s.note}>{say('search.rebuilding')}</p>}
      {first?.notices.map(({ code, word }) => (
        <p key={`${code} ${word}`} className={s.note}>
          {known(`notice.${code}`) ? say(`notice.${code}` as 'notice.too_long', { word }) : word}
        </p>
      ))}
      {page.isError && <Trouble problem={page.error} onRetry={() => void page.refetch()} />}
      {typed !== '' && page.isPending && <Shapes of="rows" />}
      {typed !== '' && page.isSuccess && hits.length === 0 && (
        <EmptyState icon="search" title={say('empty.search')} lines={[say('empty.search_how')]}>
          <Button
            onClick={() => {
              type('');
              field.current?.focus();
            }}
          >
            {say('empty.search_again')}
          </Button>
        </EmptyState>
      )}
      {typed === '' && <EmptyState icon="search" title={say('search.begin')} lines={[say('search.begin_how')]} />}
      {typed !== '' && (
        <ul className={s.hits}>
          {grouped(hits).map((group) => (
            <Conversation key={group[0].message} hits={group} />
          ))}
        </ul>
      )}
      {page.hasNextPage && <Button onClick={() => void page.fetchNextPage()}>{say('list.more')}</Button>}
    </Page>
  );
}

type Group = [Hit, ...Hit[]];

/** Hits of one conversation that follow each other stand together. */
function grouped(hits: Hit[]): Group[] {
  const groups: Group[] = [];
  for (const hit of hits) {
    const last = groups.at(-1);
    if (last !== undefined && last[0].conversation === hit.conversation) last.push(hit);
    else groups.push([hit]);
  }
  return groups;
}

function Conversation({ hits }: { hits: Group }) {
  const { say, language } = useWords();
  const now = useNow();
  const shops = useQuery(shopsQuery).data ?? [];
  const [first] = hits;
  return (
    <li className={s.conversation}>
      <Link href={`/inbox/all/${first.conversation}`} className={s.link}>
        <span className={s.head}>
          <PlatformTile channel={first.channel} />
          <b>
            <Name>{headingOf(first, say)}</Name>
          </b>
          <span className={s.facts}>
            {[
              shops.find((shop) => shop.id === first.shop)?.name,
              say(`kind.${first.kind}`),
              first.buyer && subjectOf(first, say),
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </span>
        {hits.map((hit) => (
          <span key={hit.message} className={s.hit}>
            <bdi>
              {hit.spans.map((span, at) =>
                span.hit ? (
                  <mark key={at}>
                    <Marked>{span.text}</Marked>
                  </mark>
                ) : (
                  <Marked key={at}>{span.text}</Marked>
                ),
              )}
            </bdi>
            <time dateTime={hit.sent_at}>{when(Date.parse(hit.sent_at), now, language)}</time>
          </span>
        ))}
      </Link>
    </li>
  );
}
