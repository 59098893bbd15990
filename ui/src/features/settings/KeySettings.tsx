import { useState } from 'react';
import { useChange, useSettings } from '../../api/queries/settings';
import { clashes, keysIn, refusal, type Clash, type Refusal } from '../../keys/bindings';
import { COMMAND_IDS, COMMANDS, GROUPS, type CommandId } from '../../keys/table';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Keys, written } from '../../ui/Keys';
import s from './KeySettings.module.css';
import { Recorder } from './Recorder';

/** Every command with its keys, which can all be changed. */
export function KeySettings() {
  const { say } = useWords();
  const bound = useSettings().keys;
  const change = useChange();
  const found = clashes(keysIn(bound));
  const set = (id: CommandId, keys: string[] | null) => {
    const { [id]: _, ...others } = bound;
    const same = keys !== null && keys.join(' ,') === COMMANDS[id].keys.join(' ,');
    change('keys', keys === null || same ? others : { ...others, [id]: keys });
  };
  return (
    <section className={s.keys} aria-labelledby="key-settings">
      <header className={s.head}>
        <h2 id="key-settings">{say('settings.keys')}</h2>
        <p>{say('settings.keys_how')}</p>
        {Object.keys(bound).length > 0 && <Button onClick={() => change('keys', {})}>{say('keys.reset_all')}</Button>}
      </header>
      {GROUPS.map((group) => (
        <section key={group} className={s.group}>
          <h3>{say(`key_group.${group}`)}</h3>
          <ul>
            {COMMAND_IDS.filter((id) => COMMANDS[id].group === group).map((id) => (
              <Row
                key={id}
                id={id}
                keys={keysIn(bound)(id)}
                changed={id in bound}
                clashing={found.filter((clash) => clash.id === id)}
                onChange={(keys) => set(id, keys)}
              />
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
}

type Props = {
  id: CommandId;
  keys: readonly string[];
  changed: boolean;
  clashing: Clash[];
  onChange: (keys: string[] | null) => void;
};

function Row({ id, keys, changed, clashing, onChange }: Props) {
  const { say } = useWords();
  const [recording, record] = useState(false);
  const [refused, refuse] = useState<{ why: Refusal; keys: string } | null>(null);
  const name = say(COMMANDS[id].label);
  const take = (pressed: string | null) => {
    record(false);
    const why = pressed === null ? null : refusal(id, pressed);
    refuse(pressed === null || why === null ? null : { why, keys: pressed });
    if (pressed !== null && why === null && !keys.includes(pressed)) onChange([...keys, pressed]);
  };
  return (
    <li className={s.row} aria-label={name}>
      <span className={s.name}>{name}</span>
      <span className={s.caps}>
        {keys.map((of) => (
          <button
            key={of}
            type="button"
            className={`${s.cap} ${clashing.some((clash) => clash.keys === of) ? s.clashing : ''}`}
            aria-label={say('keys.remove', { keys: written(of) })}
            title={say('keys.remove', { keys: written(of) })}
            onClick={() => onChange(keys.filter((key) => key !== of))}
          >
            <Keys of={of} />
          </button>
        ))}
        {recording ? (
          <Recorder onDone={take} />
        ) : (
          <Button look="quiet" icon="plus" label={say('keys.add', { command: name })} onClick={() => record(true)} />
        )}
        {changed && (
          <Button
            look="quiet"
            icon="undo"
            label={say('keys.reset', { command: name })}
            onClick={() => onChange(null)}
          />
        )}
      </span>
      {refused !== null && (
        <p className={s.warning} role="alert">
          {say(`keys.${refused.why}`, { keys: written(refused.keys) })}
        </p>
      )}
      {clashing.map(({ other, keys: shared }) => (
        <p key={`${other} ${shared}`} className={s.warning} role="status">
          {say('keys.clash', { keys: written(shared), other: say(COMMANDS[other].label) })}
        </p>
      ))}
    </li>
  );
}
