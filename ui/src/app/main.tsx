import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { passes } from '../api/problem';
import { settings } from '../api/queries/settings';
import { choose, speak } from '../lib/words';
import '../theme/base.css';
import { App } from './App';
import { followSystem } from './theme';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say what became stale; asking again for the sake of asking would only cost time.
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && passes(error),
      // The program is on this machine: it can be asked without any network.
      networkMode: 'always',
    },
  },
});

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
followSystem();
// What was chosen comes before the first picture, so that it does not turn over.
await queries.prefetchQuery({ ...settings, retry: false });
const language = queries.getQueryData(settings.queryKey)?.language ?? 'system';
await speak(language === 'system' ? choose(navigator.languages) : language);
createRoot(root).render(
  <StrictMode>
    <I18nProvider i18n={i18n}>
      <QueryClientProvider client={queries}>
        <Router hook={useHashLocation}>
          <App />
        </Router>
      </QueryClientProvider>
    </I18nProvider>
  </StrictMode>,
);
