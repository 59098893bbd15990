import { Dialog as Base } from '@base-ui/react/dialog';
import { useEffect, useState, type ReactNode } from 'react';
import { useWords } from '../lib/words';
import { Button } from './Button';
import s from './Dialog.module.css';

type Props = { label: string; wide?: boolean; onClose: () => void; children: ReactNode };

/** A dialog over the page: the focus stays in it and goes back where it was, Escape closes it. */
export function Dialog({ label, wide = false, onClose, children }: Props) {
  const { say } = useWords();
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // Back to where the hand was, unless it is somewhere already.
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus();
    },
    [before],
  );
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={s.scrim} />
        <Base.Popup className={`${s.dialog} ${wide ? s.wide : ''}`}>
          <header className={s.head}>
            <Base.Title className={s.title}>{label}</Base.Title>
            <Button look="quiet" icon="close" label={say('dialog.close')} onClick={onClose} />
          </header>
          <div className={s.body}>{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

Dialog.Foot = function Foot({ children }: { children: ReactNode }) {
  return <footer className={s.foot}>{children}</footer>;
};
