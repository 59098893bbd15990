import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { follow } from '../api/events';
import { home } from '../api/queries/home';
import { useChange } from '../api/queries/settings';
import { shops as shopsQuery } from '../api/queries/shops';
import { useSignedOut } from '../api/signedOut';
import { UndoToast } from '../features/composer/UndoToast';
import { CommandMenu } from '../features/commands/CommandMenu';
import { KeyHelp } from '../features/commands/KeyHelp';
import { DeedToast } from '../features/deeds/DeedToast';
import { useDesk } from '../features/desk/useDesk';
import { FirstRun } from '../features/first/FirstRun';
import { InboxPage } from '../features/inbox/InboxPage';
import { OutboxPage } from '../features/outbox/OutboxPage';
import { SearchPage } from '../features/search/SearchPage';
import { SettingsPage } from '../features/settings/SettingsPage';
import { ShopsPage } from '../features/shops/ShopsPage';
import { listen, useCommands } from '../keys/commands';
import { useWords } from '../lib/words';
import { platform } from '../platform/platform';
import s from './App.module.css';
import { Fallen } from './Fallen';
import { Rail } from './Rail';
import { Stripe } from './Stripe';
import { TopBar } from './TopBar';
import { useChosen } from './useChosen';

type Over = 'menu' | 'help' | null;

/** The frame: what stands around every screen, and the places one can be at. */
export function App() {
  const { say } = useWords();
  const queries = useQueryClient();
  const change = useChange();
  const [path, go] = useLocation();
  const [connected, setConnected] = useState(true);
  const [over, setOver] = useState<Over>(null);
  const signedOut = useSignedOut();
  const none = useQuery(shopsQuery).data?.length === 0;

  useChosen();
  useEffect(
    () =>
      follow(queries, (there) => {
        setConnected(there);
        // Asked of the program itself: it may be there and know this browser no more.
        void queries.invalidateQueries({ queryKey: home.queryKey });
      }),
    [queries],
  );
  useEffect(listen, []);
  useEffect(() => platform.alive(), []);
  useDesk();
  useCommands({
    inbox: () => go('/inbox'),
    outbox: () => go('/outbox'),
    search: () => go('/search'),
    shops: () => go('/shops'),
    settings: () => go('/settings'),
    menu: () => setOver('menu'),
    help: () => setOver('help'),
  });

  const first = none && (path === '/' || path.startsWith('/inbox'));
  return (
    <>
      {first ? (
        <FirstRun onLanguage={(language) => change('language', language)} />
      ) : (
        <div className={s.app}>
          <TopBar connected={connected} />
          <Rail />
          <div className={s.sheet}>
            <Stripe connected={connected} signedOut={signedOut} />
            <div className={s.place}>
              <Fallen key={path.split('/')[1]}>
                <Places />
              </Fallen>
            </div>
          </div>
          <div className={s.toasts}>
            <DeedToast />
            <UndoToast />
          </div>
        </div>
      )}
      {over === 'menu' && <CommandMenu onClose={() => setOver(null)} />}
      {over === 'help' && <KeyHelp onClose={() => setOver(null)} />}
      <p className="aside" aria-live="polite">
        {connected ? '' : say('status.lost')}
      </p>
    </>
  );
}

/** Part of an address in plain letters; an address that somebody mistyped is taken as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function Places() {
  return (
    <Switch>
      <Route path="/inbox/:tab?/:id?">
        {({ tab, id }) => <InboxPage tab={tab ?? 'urgent'} id={id === undefined ? null : Number(id)} />}
      </Route>
      <Route path="/outbox">
        <OutboxPage />
      </Route>
      <Route path="/search/:line?">{({ line }) => <SearchPage line={decoded(line ?? '')} />}</Route>
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
  );
}
