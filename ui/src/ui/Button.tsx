import type { ReactNode, Ref } from 'react';
import s from './Button.module.css';
import { Icon, type IconName } from './Icon';
import { Keys } from './Keys';

type Named = { children: ReactNode; label?: string } | { children?: undefined; label: string };
type Props = Named & {
  onClick?: (() => void) | undefined;
  look?: 'main' | 'plain' | 'quiet';
  icon?: IconName;
  /** The icon is drawn full: what it stands for holds now. */
  filled?: boolean;
  keys?: string | undefined;
  /** Why it cannot be pressed now. */
  blocked?: string | null | undefined;
  type?: 'button' | 'submit';
  expanded?: boolean;
  ref?: Ref<HTMLButtonElement>;
};

/** A button. One that cannot be pressed stays where it is and says why. */
export function Button({
  children,
  label,
  onClick,
  look = 'plain',
  icon,
  filled = false,
  keys,
  blocked,
  type = 'button',
  expanded,
  ref,
}: Props) {
  const off = blocked !== undefined && blocked !== null;
  return (
    <button
      ref={ref}
      type={type}
      className={`${s.button} ${s[look]} ${children === undefined ? s.icon : ''}`}
      aria-label={label}
      aria-disabled={off || undefined}
      aria-expanded={expanded}
      title={off ? blocked : children === undefined ? label : undefined}
      onClick={off ? (event) => event.preventDefault() : onClick}
    >
      {icon !== undefined && <Icon name={icon} size={children === undefined ? 18 : 16} filled={filled} />}
      {children !== undefined && <span className={s.words}>{children}</span>}
      {keys !== undefined && <Keys of={keys} />}
    </button>
  );
}
