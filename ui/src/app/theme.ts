/** Light or dark, wide or dense: as the system has it, or as the person chose. */

import type { Density, Theme } from '../api/queries/settings';

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

export function setDensity(density: Density): void {
  document.documentElement.dataset['density'] = density;
}
