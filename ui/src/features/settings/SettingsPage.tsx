import { DENSITIES, THEMES, useChange, useSettings } from '../../api/queries/settings';
import { LANGUAGE_NAMES, LANGUAGES, useWords } from '../../lib/words';
import { Choice } from '../../ui/Choice';
import { Page } from '../../ui/Page';
import { Autostart } from '../desk/Autostart';
import { KeySettings } from './KeySettings';
import { Notices } from './Notices';

/** Seconds in which an answer can be taken back. */
const UNDO = [0, 5, 10, 20, 30, 60];

/** How the page looks, speaks and is commanded. */
export function SettingsPage() {
  const { say } = useWords();
  const chosen = useSettings();
  const change = useChange();
  return (
    <Page title={say('place.settings')}>
      <Choice
        label={say('settings.language')}
        value={chosen.language}
        options={[
          { value: 'system', label: say('theme.system') },
          ...LANGUAGES.map((id) => ({ value: id, label: LANGUAGE_NAMES[id], lang: id })),
        ]}
        onChange={(value) => change('language', value)}
      />
      <Choice
        label={say('settings.theme')}
        value={chosen.theme}
        options={THEMES.map((id) => ({ value: id, label: say(`theme.${id}`) }))}
        onChange={(value) => change('theme', value)}
      />
      <Choice
        label={say('settings.density')}
        value={chosen.density}
        options={DENSITIES.map((id) => ({ value: id, label: say(`density.${id}`) }))}
        onChange={(value) => change('density', value)}
      />
      <Choice
        label={say('settings.undo')}
        value={String(chosen.undo_s)}
        options={UNDO.map((seconds) => ({
          value: String(seconds),
          label: seconds === 0 ? say('settings.undo_none') : say('span.seconds', { n: seconds }),
        }))}
        onChange={(value) => change('undo_s', Number(value))}
      />
      <Notices />
      <Autostart />
      <KeySettings />
    </Page>
  );
}
