import { useState } from 'react';
import { DENSITIES, density, setDensity, setTheme, theme, THEMES, type Density, type Theme } from '../../app/theme';
import { Autostart } from '../desk/Autostart';
import { LANGUAGES, speak, useWords, type Language } from '../../lib/words';
import { Page } from '../../ui/Page';
import { Choice } from '../../ui/Choice';

/** Each language in itself: who cannot read the page finds theirs. */
const NAMES: Record<Language, string> = { 'zh-CN': '简体中文', 'zh-TW': '繁體中文', en: 'English', ru: 'Русский' };

/** How the page looks and speaks. */
export function SettingsPage() {
  const { say, spoken } = useWords();
  const [, redraw] = useState(0);
  const set = (change: () => void) => {
    change();
    redraw((count) => count + 1);
  };
  return (
    <Page title={say('place.settings')}>
      <Choice
        label={say('settings.language')}
        value={spoken}
        options={LANGUAGES.map((id) => ({ value: id, label: NAMES[id], lang: id }))}
        onChange={(value: Language) => void speak(value)}
      />
      <Choice
        label={say('settings.theme')}
        value={theme()}
        options={THEMES.map((id) => ({ value: id, label: say(`theme.${id}`) }))}
        onChange={(value: Theme) => set(() => setTheme(value))}
      />
      <Choice
        label={say('settings.density')}
        value={density()}
        options={DENSITIES.map((id) => ({ value: id, label: say(`density.${id}`) }))}
        onChange={(value: Density) => set(() => setDensity(value))}
      />
      <Autostart />
    </Page>
  );
}
