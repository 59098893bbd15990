import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Language } from '../../lib/words';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const DENSITIES = ['comfortable', 'compact'] as const;
export type Density = (typeof DENSITIES)[number];

/** What the person chose about the page, for every window of this home. */
export type Settings = {
  language: Language | 'system';
  theme: Theme;
  density: Density;
  /** Keys by command, in place of those of the table. */
  keys: Record<string, string[]>;
  /** Widths in CSS pixels. */
  list_width: number;
  context_width: number;
  first_run: FirstRun;
};
/** The first steps: which are done, and what was put away. */
export type FirstRun = { done: string[]; dismissed: string[] };

export const DEFAULTS: Settings = {
  language: 'system',
  theme: 'system',
  density: 'comfortable',
  keys: {},
  list_width: 384,
  context_width: 312,
  first_run: { done: [], dismissed: [] },
};

export const settings = queryOptions({ queryKey: ['settings'], queryFn: () => Promise.resolve(DEFAULTS) });

export function useSettings(): Settings {
  return useQuery(settings).data ?? DEFAULTS;
}

export type Change = <Name extends keyof Settings>(name: Name, value: Settings[Name]) => void;

/** Changes one setting: at once on the screen. */
export function useChange(): Change {
  const queries = useQueryClient();
  return (name, value) => {
    queries.setQueryData(settings.queryKey, (before) => ({ ...DEFAULTS, ...before, [name]: value }));
  };
}
