import type { ReactNode } from 'react';
import { useWords } from '../lib/words';
import s from './FileChip.module.css';
import { Icon } from './Icon';
import { Name } from './Quoted';

type Props = { name: string; facts: (string | null)[]; danger?: boolean; children?: ReactNode };

/** A file by its name, with what is known of it. */
export function FileChip({ name, facts, danger = false, children }: Props) {
  const { say } = useWords();
  return (
    <span className={s.chip}>
      <Icon name="file" size={16} />
      <Name>{name}</Name>
      <span className={s.facts}>{facts.filter((fact) => fact !== null).join(' · ')}</span>
      {danger && <span className={s.danger}>{say('file.danger')}</span>}
      {children}
    </span>
  );
}
