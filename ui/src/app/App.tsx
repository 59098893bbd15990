import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { follow } from '../api/events';
import { UndoToast } from '../features/composer/UndoToast';
import { CommandMenu } from '../features/commands/CommandMenu';
import { KeyHelp } from '../features/commands/KeyHelp';
import { useDesk } from '../features/desk/useDesk';
import { InboxPage } from '../features/inbox/InboxPage';
import { OutboxPage } from '../features/outbox/OutboxPage';
import { SearchPage } from '../features/search/SearchPage';
import { SettingsPage } from '../features/settings/SettingsPage';
import { ShopsPage } from '../features/shops/ShopsPage';
import { listen, useCommands } from '../keys/commands';
import { useWords } from '../lib/words';
import { platform } from '../platform/platform';
import s from './App.module.css';
import { Rail } from './Rail';
import { Stripe } from './Stripe';
import { TopBar } from './TopBar';

type Over = 'menu' | 'help' | null;

/** The frame: what stands around every screen, and the places one can be at. */
export function App() {
  const { say } = useWords();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [connected, setConnected] = useState(true);
  const [over, setOver] = useState<Over>(null);

  useEffect(() => follow(queries, setConnected), [queries]);
  useEffect(listen, []);
  useEffect(() => platform.alive(), []);
  useDesk({ quiet: null });
  useCommands({
    inbox: () => go('/inbox'),
    outbox: () => go('/outbox'),
    search: () => go('/search'),
    shops: () => go('/shops'),
    settings: () => go('/settings'),
    menu: () => setOver('menu'),
    help: () => setOver('help'),
  });

  return (
    <div className={s.app}>
      <TopBar connected={connected} />
      <Rail />
      <div className={s.sheet}>
        <Stripe connected={connected} />
        <div className={s.place}>
          <Switch>
            <Route path="/inbox/:tab?/:id?">
              {({ tab, id }) => <InboxPage tab={tab ?? 'urgent'} id={id === undefined ? null : Number(id)} />}
            </Route>
            <Route path="/outbox">
              <OutboxPage />
            </Route>
            <Route path="/search/:line?">{({ line }) => <SearchPage line={decodeURIComponent(line ?? '')} />}</Route>
            <Route path="/shops">
              <ShopsPage />
            </Route>
            <Route path="/settings">
              <SettingsPage />
            </Route>
            <Route>
              <Redirect to="/inbox" />
            </Route>
          </Switch>
        </div>
      </div>
      <UndoToast />
      {over === 'menu' && <CommandMenu onClose={() => setOver(null)} />}
      {over === 'help' && <KeyHelp onClose={() => setOver(null)} />}
      <p className="aside" aria-live="polite">
        {connected ? '' : say('status.lost')}
      </p>
    </div>
  );
}
