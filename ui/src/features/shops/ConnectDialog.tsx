import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Shop } from '../../api/client';
import { add, change } from '../../api/queries/shops';
import { useProblem } from '../../lib/problem';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { platformName } from '../../ui/marks';
import { CONNECTING, type Connecting } from './channels';
import s from './ConnectDialog.module.css';

/** Connects a shop: the way to its key, the key, and a call that shows what it can do. */
export function ConnectDialog({ onClose }: { onClose: () => void }) {
  const { say } = useWords();
  const [chosen, choose] = useState<Connecting | null>(null);
  if (chosen !== null) return <KeyForm connecting={chosen} onClose={onClose} />;
  return (
    <Dialog label={say('shops.connect')} onClose={onClose}>
      <p>{say('connect.which')}</p>
      <p className={s.channels}>
        {CONNECTING.map((connecting) => (
          <Button key={connecting.channel} onClick={() => choose(connecting)}>
            {platformName(connecting.channel)}
          </Button>
        ))}
      </p>
    </Dialog>
  );
}

/** Another key for a shop; it has to belong to the same seller. */
export function ReplaceKeyDialog({ shop, onClose }: { shop: Shop; onClose: () => void }) {
  const connecting = CONNECTING.find((known) => known.channel === shop.channel);
  return connecting === undefined ? null : <KeyForm connecting={connecting} shop={shop} onClose={onClose} />;
}

function KeyForm({ connecting, shop, onClose }: { connecting: Connecting; shop?: Shop; onClose: () => void }) {
  const { say } = useWords();
  const problem = useProblem();
  const queries = useQueryClient();
  const { channel } = connecting;
  const [name, setName] = useState(shop?.name ?? '');
  const [values, setValues] = useState<Record<string, string>>({});
  const [proxy, setProxy] = useState('');
  const [state, setState] = useState<{ busy: boolean; failure: string }>({ busy: false, failure: '' });
  const pick = (names: { name: string }[]) =>
    Object.fromEntries(names.map((field) => [field.name, (values[field.name] ?? '').trim()]));
  const asked = [...(shop === undefined ? connecting.fields : []), ...connecting.secrets];
  const missing =
    (shop === undefined && name.trim() === '') || asked.some((field) => (values[field.name] ?? '').trim() === '');

  const save = async () => {
    setState({ busy: true, failure: '' });
    const secrets = pick(connecting.secrets);
    try {
      if (shop !== undefined) await change(shop.id, { secrets });
      else
        await add({
          channel,
          name: name.trim(),
          fields: pick(connecting.fields),
          secrets,
          proxy: proxy.trim() || null,
        });
      void queries.invalidateQueries({ queryKey: ['shops'] });
      onClose();
    } catch (failure) {
      setState({ busy: false, failure: problem(failure) });
    }
  };

  return (
    <Dialog
      label={say(shop === undefined ? 'connect.title' : 'connect.replace', { platform: platformName(channel) })}
      onClose={onClose}
    >
      <ol className={s.steps}>
        {connecting.steps.map((step) => (
          <li key={step}>{say(step)}</li>
        ))}
      </ol>
      <p className={s.rights}>{say(connecting.rights)}</p>
      {shop === undefined && <Field label={say('connect.name')} value={name} required onChange={setName} />}
      {asked.map((field) => (
        <Field
          key={field.name}
          label={say(field.label)}
          value={values[field.name] ?? ''}
          required
          secret={connecting.secrets.includes(field)}
          onChange={(value) => setValues({ ...values, [field.name]: value })}
        />
      ))}
      {shop === undefined && (
        <Field label={say('connect.proxy')} hint={say('connect.proxy_hint')} value={proxy} onChange={setProxy} />
      )}
      <p className={s.rights}>{say('connect.kept')}</p>
      {state.failure !== '' && (
        <p className={s.failure} role="alert">
          {state.failure}
        </p>
      )}
      <Dialog.Foot>
        <Button onClick={onClose}>{say('dialog.cancel')}</Button>
        <Button
          look="main"
          onClick={() => void save()}
          blocked={state.busy ? say('dialog.busy') : missing ? say('connect.missing') : null}
        >
          {say('connect.check_and_save')}
        </Button>
      </Dialog.Foot>
    </Dialog>
  );
}
