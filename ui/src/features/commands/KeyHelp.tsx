import { useKeys } from '../../keys/bindings';
import { COMMAND_IDS, COMMANDS, GROUPS } from '../../keys/table';
import { useWords } from '../../lib/words';
import { Dialog } from '../../ui/Dialog';
import { Keys } from '../../ui/Keys';
import s from './KeyHelp.module.css';

/** Every key, drawn from the table that the keys are read by. */
export function KeyHelp({ onClose }: { onClose: () => void }) {
  const { say } = useWords();
  const keys = useKeys();
  return (
    <Dialog label={say('command.help')} onClose={onClose}>
      {GROUPS.map((group) => (
        <section key={group}>
          <h3 className={s.group}>{say(`key_group.${group}`)}</h3>
          <dl className={s.keys}>
            {COMMAND_IDS.filter((id) => COMMANDS[id].group === group && keys(id).length > 0).map((id) => (
              <div key={id}>
                <dt>{say(COMMANDS[id].label)}</dt>
                <dd>
                  {keys(id).map((of) => (
                    <Keys key={of} of={of} />
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
