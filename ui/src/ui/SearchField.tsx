import type { ComponentProps } from 'react';
import { Icon } from './Icon';
import s from './SearchField.module.css';

type Props = Omit<ComponentProps<'input'>, 'className' | 'aria-label' | 'placeholder'> & { label: string };

/** Where one writes what is to be found. */
export function SearchField({ label, ...input }: Props) {
  return (
    <div className={s.field}>
      <Icon name="search" size={16} />
      <input autoComplete="off" spellCheck={false} maxLength={1000} {...input} aria-label={label} placeholder={label} />
    </div>
  );
}
