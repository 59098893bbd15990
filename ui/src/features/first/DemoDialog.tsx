import { platform } from '../../platform/platform';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import s from './FirstRun.module.css';

const COMMAND = 'dragoman serve --demo';

/** The demo is a home of its own, so that nothing of it ever mixes with real shops: the program opens it, beside this one. */
export function DemoDialog({ onClose }: { onClose: () => void }) {
  const { say } = useWords();
  return (
    <Dialog label={say('first.demo')} onClose={onClose}>
      <p>{say('first.demo_how')}</p>
      <p className={s.command}>
        <code>{COMMAND}</code>
        <Button
          look="quiet"
          icon="copy"
          label={say('context.copy', { what: COMMAND })}
          onClick={() => void platform.copy(COMMAND).catch(() => {})}
        />
      </p>
      <p className={s.apart}>{say('first.demo_apart')}</p>
      <Dialog.Foot>
        <Button look="main" onClick={onClose}>
          {say('dialog.close')}
        </Button>
      </Dialog.Foot>
    </Dialog>
  );
}
