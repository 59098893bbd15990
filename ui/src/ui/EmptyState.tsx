import type { ReactNode } from 'react';
import s from './EmptyState.module.css';
import { Icon, type IconName } from './Icon';

type Props = { icon: IconName; title: string; lines?: string[]; children?: ReactNode };

/** Nothing to show: what is true, and one way on. */
export function EmptyState({ icon, title, lines = [], children }: Props) {
  return (
    <div className={s.empty}>
      <Icon name={icon} size={20} />
      <b>{title}</b>
      {lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
      {children}
    </div>
  );
}
