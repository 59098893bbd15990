import { useChange, useSettings, type Settings } from '../../api/queries/settings';
import { useWords } from '../../lib/words';
import { Switch } from '../../ui/Switch';
import s from './Notices.module.css';

/** Whether the desktop says what is new, and when it keeps quiet. */
export function Notices() {
  const { say } = useWords();
  const { notifications, quiet_hours: quiet } = useSettings();
  const change = useChange();
  const set = (part: Partial<Settings['quiet_hours']>) => change('quiet_hours', { ...quiet, ...part });
  return (
    <fieldset className={s.notices}>
      <legend>{say('settings.notices')}</legend>
      <Switch label={say('settings.notify')} on={notifications} onChange={(on) => change('notifications', on)} />
      {notifications && <Switch label={say('settings.quiet')} on={quiet.on} onChange={(on) => set({ on })} />}
      {notifications && quiet.on && (
        <p className={s.hours}>
          <Hour label={say('settings.quiet_from')} value={quiet.from} onChange={(from) => set({ from })} />
          <Hour label={say('settings.quiet_to')} value={quiet.to} onChange={(to) => set({ to })} />
        </p>
      )}
    </fieldset>
  );
}

function Hour({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <label className={s.hour}>
      {label}
      {/* An hour that was only begun is nothing yet. */}
      <input
        type="time"
        value={value}
        onChange={(event) => event.target.value !== '' && onChange(event.target.value)}
      />
    </label>
  );
}
