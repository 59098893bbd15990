import type { ReactNode } from 'react';
import s from './Toast.module.css';

type Props = { children: ReactNode; onHold?: (held: boolean) => void };

/** A few words over the page that go by themselves; `onHold` hears of a pointer or the focus on them. */
export function Toast({ children, onHold }: Props) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- what is looked at does not go away; nothing is done by it
    <div
      className={s.toast}
      role="status"
      onPointerEnter={() => onHold?.(true)}
      onPointerLeave={() => onHold?.(false)}
      onFocus={() => onHold?.(true)}
      onBlur={() => onHold?.(false)}
    >
      {children}
    </div>
  );
}
