import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Shop } from '../../api/client';
import { check, remove, setSending, startSync } from '../../api/queries/shops';
import { useNow } from '../../lib/now';
import { useProblem } from '../../lib/problem';
import { day, when } from '../../lib/time';
import { known, useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { PlatformTile, platformName, Tag } from '../../ui/marks';
import { Name } from '../../ui/Quoted';
import { Switch } from '../../ui/Switch';
import { ReplaceKeyDialog } from './ConnectDialog';
import s from './ShopCard.module.css';

export function ShopCard({ shop }: { shop: Shop }) {
  const { say, language } = useWords();
  const queries = useQueryClient();
  const problem = useProblem();
  const [failure, setFailure] = useState('');
  const [over, setOver] = useState<'key' | 'remove' | null>(null);
  const attempt = (work: () => Promise<unknown>) => {
    setFailure('');
    work()
      .then(() => queries.invalidateQueries({ queryKey: ['shops'] }))
      .catch((error: unknown) => setFailure(problem(error)));
  };
  const cause = `problem.${shop.pause}`;
  const imported = shop.pause === 'imported';
  return (
    <section className={s.card} aria-label={shop.name}>
      <header className={s.head}>
        <PlatformTile channel={shop.channel} />
        <h2>
          <Name>{shop.name}</Name>
        </h2>
        <span className={s.seller}>
          <Name>{[platformName(shop.channel), shop.seller_name].filter(Boolean).join(' · ')}</Name>
        </span>
        {shop.pause !== '' && (
          <Tag look={imported ? 'plain' : 'bad'}>
            {imported ? say('shops.imported') : known(cause) ? say(cause) : shop.pause}
          </Tag>
        )}
        {shop.read_only && <Tag look="warn">{say('shops.read_only')}</Tag>}
        <span className={s.space} />
        {!imported && (
          <Switch
            label={say('sending.name')}
            on={shop.sending}
            onChange={(on) => attempt(() => setSending(shop.id, on))}
          />
        )}
      </header>
      {Object.entries(shop.keys).map(([field, tail]) => (
        <p key={field} className={s.line}>
          {say('shops.key_ends', { tail })}
        </p>
      ))}
      {shop.expires_at != null && (
        <p className={s.line}>{say('shops.expires', { day: day(Date.parse(shop.expires_at), language) })}</p>
      )}
      {shop.notes.map((note) => (
        <p key={note.code} className={s.line}>
          {known(`shop_note.${note.code}`) ? say(`shop_note.${note.code}` as 'demo') : note.text}
        </p>
      ))}
      <Streams shop={shop} />
      {failure !== '' && (
        <p className={s.failure} role="alert">
          {failure}
        </p>
      )}
      {!imported && (
        <footer className={s.deeds}>
          <Button icon="refresh" onClick={() => attempt(() => startSync([shop.id]))}>
            {say('command.sync')}
          </Button>
          <Button icon="check" onClick={() => attempt(() => check(shop.id))}>
            {say('shops.check')}
          </Button>
          <Button icon="key" onClick={() => setOver('key')}>
            {say('shops.replace_key')}
          </Button>
          <span className={s.space} />
          <Button look="quiet" onClick={() => setOver('remove')}>
            {say('shops.remove')}
          </Button>
        </footer>
      )}
      {over === 'key' && <ReplaceKeyDialog shop={shop} onClose={() => setOver(null)} />}
      {over === 'remove' && (
        <Dialog label={say('shops.remove')} onClose={() => setOver(null)}>
          <p>{say('shops.remove_consequence', { shop: shop.name })}</p>
          <Dialog.Foot>
            <Button onClick={() => setOver(null)}>{say('dialog.cancel')}</Button>
            <Button
              look="main"
              onClick={() => {
                setOver(null);
                attempt(() => remove(shop.id));
              }}
            >
              {say('shops.remove')}
            </Button>
          </Dialog.Foot>
        </Dialog>
      )}
    </section>
  );
}

function Streams({ shop }: { shop: Shop }) {
  const { say, language } = useWords();
  const now = useNow();
  if (shop.streams.length === 0) return null;
  // What nobody knows is not guessed.
  const toCome = (pass: Shop['streams'][number]['pass']): string => {
    if (pass?.to_come == null || pass.ended_at != null) return '–';
    const n = pass.to_come.toLocaleString(language);
    return pass.ends_at == null
      ? n
      : say('stream.to_come_until', { n, at: when(Date.parse(pass.ends_at), now, language) });
  };
  return (
    <details className={s.streams} open={shop.streams.some((stream) => stream.problem != null)}>
      <summary>{say('shops.streams')}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{say('stream.name')}</th>
            <th scope="col">{say('stream.last')}</th>
            <th scope="col">{say('stream.next')}</th>
            <th scope="col">{say('stream.fetched')}</th>
            <th scope="col">{say('stream.to_come')}</th>
            <th scope="col">{say('stream.state')}</th>
          </tr>
        </thead>
        <tbody>
          {shop.streams.map((stream) => {
            const cause = `problem.${stream.problem?.code ?? ''}`;
            const time = (at: string | null | undefined) => (at == null ? '–' : when(Date.parse(at), now, language));
            return (
              <tr key={stream.name}>
                <td lang="en">{stream.name}</td>
                <td>{time(stream.last_success_at)}</td>
                <td>{time(stream.next_at)}</td>
                <td>{stream.fetched.toLocaleString(language)}</td>
                <td>{toCome(stream.pass)}</td>
                <td title={stream.problem?.message}>
                  {stream.problem == null ? say('stream.well') : known(cause) ? say(cause) : stream.problem.code}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </details>
  );
}
