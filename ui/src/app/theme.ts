/** Light or dark: as the system has it, or as the person chose. */

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const DENSITIES = ['comfortable', 'compact'] as const;
export type Density = (typeof DENSITIES)[number];

const dark = window.matchMedia('(prefers-color-scheme: dark)');
let chosen: Theme = 'system';

function apply(): void {
  const isDark = chosen === 'dark' || (chosen === 'system' && dark.matches);
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
}

export function followSystem(): void {
  dark.addEventListener('change', apply);
  apply();
}

export function setTheme(theme: Theme): void {
  chosen = theme;
  apply();
}

export const theme = (): Theme => chosen;

export function setDensity(density: Density): void {
  document.documentElement.dataset['density'] = density;
  // Rows have the height that the page gives them.
  window.dispatchEvent(new Event('density'));
}

export const density = (): Density =>
  (document.documentElement.dataset['density'] as Density | undefined) ?? 'comfortable';
