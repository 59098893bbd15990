import { useState } from 'react';
import { LANGUAGE_NAMES, LANGUAGES, useWords, type Language } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { Segments } from '../../ui/Segments';
import { ConnectDialog } from '../shops/ConnectDialog';
import { DemoDialog } from './DemoDialog';
import { DemoPicture, KeyPicture } from './pictures';
import s from './FirstRun.module.css';

type Door = 'demo' | 'connect';

/** A home without a shop: what this is, and the two ways in. */
export function FirstRun({ onLanguage }: { onLanguage: (language: Language) => void }) {
  const { say, spoken } = useWords();
  const [through, go] = useState<Door | null>(null);
  return (
    <div className={s.first}>
      <header className={s.top}>
        <p className={s.brand} lang="en">
          <img src="/icon.svg" alt="" width="28" height="28" /> Dragoman
        </p>
        <Segments
          label={say('settings.language')}
          value={spoken}
          options={LANGUAGES.map((id) => ({ value: id, label: LANGUAGE_NAMES[id], lang: id }))}
          onChange={onLanguage}
        />
      </header>
      <main className={s.middle}>
        <h1>{say('first.title')}</h1>
        <p className={s.under}>{say('first.under')}</p>
        <div className={s.doors}>
          <section className={s.door}>
            <DemoPicture />
            <h2>{say('first.demo')}</h2>
            <p>{say('first.demo_what')}</p>
            <Button onClick={() => go('demo')}>{say('first.demo_open')}</Button>
          </section>
          <section className={s.door}>
            <KeyPicture />
            <h2>{say('first.connect')}</h2>
            <p>{say('first.connect_what')}</p>
            <Button look="main" onClick={() => go('connect')}>
              {say('first.connect_open')}
            </Button>
          </section>
        </div>
        <ul className={s.vows}>
          <li>
            <Icon name="key" size={16} /> {say('first.vow_key')}
          </li>
          <li>
            <Icon name="parcel" size={16} /> {say('first.vow_here')}
          </li>
          <li>
            <Icon name="lock" size={16} /> {say('first.vow_send')}
          </li>
        </ul>
      </main>
      {through === 'demo' && <DemoDialog onClose={() => go(null)} />}
      {through === 'connect' && <ConnectDialog onClose={() => go(null)} />}
    </div>
  );
}
