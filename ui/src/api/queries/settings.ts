import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { client, done, once, type Schemas } from '../client';

export const THEMES = ['system', 'light', 'dark'] as const;
export const DENSITIES = ['comfortable', 'compact'] as const;

/** What the person chose about the page, for every window of this home. */
export type Settings = Schemas['Settings'];
export type Theme = Settings['theme'];
export type Density = Settings['density'];

/** What holds until the program has said what was chosen. */
const DEFAULTS: Settings = {
  language: 'system',
  theme: 'system',
  density: 'comfortable',
  keys: {},
  list_width: 384,
  context_width: 312,
  quiet_hours: { on: false, from: '22:00', to: '08:00' },
  notifications: true,
  autostart: false,
  first_run: { done: [], dismissed: [] },
  undo_s: 10,
};

export const settings = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => done(client.GET('/api/settings', { signal })),
});

export function useSettings(): Settings {
  return useQuery(settings).data ?? DEFAULTS;
}

export type Change = <Name extends keyof Settings>(name: Name, value: Settings[Name]) => void;

/** Changes one setting: at once on the screen, then for good. What was not taken is shown as it is kept. */
export function useChange(): Change {
  const queries = useQueryClient();
  return (name, value) => {
    queries.setQueryData(settings.queryKey, (before) => ({ ...DEFAULTS, ...before, [name]: value }));
    const params = { path: { name }, header: once() };
    done(client.PUT('/api/settings/{name}', { params, body: { value } })).catch(() =>
      queries.invalidateQueries({ queryKey: settings.queryKey }),
    );
  };
}
