import type { ReactNode } from 'react';
import s from './Page.module.css';

type Props = { title: string; note?: string; deeds?: ReactNode; children: ReactNode };

/** A screen in full width. */
export function Page({ title, note, deeds, children }: Props) {
  return (
    <main className={s.page} aria-label={title}>
      <div className={s.column}>
        <header className={s.head}>
          <h1>{title}</h1>
          {note !== undefined && <p>{note}</p>}
          <span className={s.space} />
          {deeds}
        </header>
        {children}
      </div>
    </main>
  );
}
