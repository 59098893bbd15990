import { useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent } from 'react';
import { useLocation } from 'wouter';
import { home } from '../../api/queries/home';
import { useChange, useSettings } from '../../api/queries/settings';
import { shops as shopsQuery } from '../../api/queries/shops';
import { give } from '../../keys/commands';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { useSent } from '../composer/sent';
import s from './Checklist.module.css';

const STEPS = ['connect', 'sending', 'reply', 'keys'] as const;
type Step = (typeof STEPS)[number];

/** What the list of first steps is called among what was put away. */
const SELF = 'checklist';

/** The first steps, until they are done or put away. */
export function Checklist() {
  const { say } = useWords();
  const [, go] = useLocation();
  const { first_run: begun } = useSettings();
  const change = useChange();
  const isDemo = useQuery(home).data?.demo ?? false;
  const known = useQuery(shopsQuery).data;
  const sent = useSent();
  const shops = (known ?? []).filter((shop) => shop.pause !== 'imported');
  const isDone: Record<Step, boolean> = {
    // The shops of the demo are not the person's.
    connect: shops.length > 0 && !isDemo,
    sending: shops.some((shop) => shop.sending),
    reply: begun.done.includes('reply'),
    keys: begun.done.includes('keys'),
  };
  const finish = (step: Step) => {
    if (!begun.done.includes(step)) change('first_run', { ...begun, done: [...begun.done, step] });
  };
  const deeds: Record<Step, () => void> = {
    connect: () => go('/shops'),
    sending: () => go('/shops'),
    reply: () => void (give('open') && give('reply')),
    keys: () => {
      finish('keys');
      give('help');
    },
  };

  const justSent = sent !== null && !begun.done.includes('reply');
  const noteReply = useEffectEvent(() => finish('reply'));
  useEffect(() => {
    if (justSent) noteReply();
  }, [justSent]);

  const steps = STEPS.filter((step) => !(isDemo && step === 'connect'));
  const left = steps.filter((step) => !isDone[step]).length;
  if (known === undefined || left === 0 || begun.dismissed.includes(SELF)) return null;
  return (
    <section className={s.card} aria-labelledby="first-steps">
      <header className={s.head}>
        <h2 id="first-steps">{say('steps.title')}</h2>
        <span>
          {steps.length - left} / {steps.length}
        </span>
        <Button
          look="quiet"
          icon="close"
          label={say('steps.dismiss')}
          onClick={() => change('first_run', { ...begun, dismissed: [...begun.dismissed, SELF] })}
        />
      </header>
      <ul>
        {steps.map((step) => (
          <li key={step} className={isDone[step] ? s.done : undefined}>
            {isDone[step] ? <Icon name="check" size={16} label={say('steps.done')} /> : <i className={s.open} />}
            {isDone[step] ? (
              <span>{say(`steps.${step}`)}</span>
            ) : (
              <button type="button" onClick={deeds[step]}>
                {say(`steps.${step}`)}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
