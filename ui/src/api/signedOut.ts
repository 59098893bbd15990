/** Whether the program still knows this browser: told by whichever read or write was refused last. */

import type { QueryClient } from '@tanstack/react-query';
import { useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { Problem } from './problem';

const refused = (failure: unknown): boolean => failure instanceof Problem && failure.code === 'signed_out';

const isOut = (queries: QueryClient): boolean =>
  queries
    .getQueryCache()
    .getAll()
    .some(({ state }) => refused(state.error));

export function useSignedOut(): boolean {
  const queries = useQueryClient();
  return useSyncExternalStore(
    (changed) => queries.getQueryCache().subscribe(changed),
    () => isOut(queries),
  );
}
