import { useEffect } from 'react';
import { useSettings } from '../api/queries/settings';
import { bind } from '../keys/bindings';
import { choose, speak } from '../lib/words';
import { setDensity, setTheme } from './theme';

/** Makes the page what the person chose, whenever and wherever they choose it. */
export function useChosen(): void {
  const { language, theme, density, keys } = useSettings();
  useEffect(() => void speak(language === 'system' ? choose(navigator.languages) : language), [language]);
  useEffect(() => setTheme(theme), [theme]);
  useEffect(() => setDensity(density), [density]);
  useEffect(() => bind(keys), [keys]);
}
