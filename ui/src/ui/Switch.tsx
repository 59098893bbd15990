import { Switch as Base } from '@base-ui/react/switch';
import s from './Switch.module.css';

type Props = { label: string; on: boolean; onChange: (on: boolean) => void; hidden?: boolean };

export function Switch({ label, on, onChange, hidden = false }: Props) {
  return (
    <label className={s.label}>
      <span className={hidden ? 'aside' : undefined}>{label}</span>
      <Base.Root className={s.switch} checked={on} onCheckedChange={onChange}>
        <Base.Thumb className={s.thumb} />
      </Base.Root>
    </label>
  );
}
