import { Problem } from '../api/problem';
import { useProblem } from '../lib/problem';
import { useWords } from '../lib/words';
import { Button } from './Button';
import { Icon } from './Icon';
import s from './Trouble.module.css';

type Props = { problem: unknown; onRetry?: () => void };

/** What went wrong, where the work is: cause, one way on, and the code for whoever asks. */
export function Trouble({ problem, onRetry }: Props) {
  const { say } = useWords();
  const words = useProblem();
  const details = problem instanceof Problem ? [problem.code, problem.message, problem.trace] : [String(problem)];
  return (
    <div className={s.trouble} role="alert">
      <Icon name="warning" />
      <div className={s.words}>
        <b>{words(problem)}</b>
        <details>
          <summary>{say('trouble.details')}</summary>
          <code>{details.filter(Boolean).join(' · ')}</code>
        </details>
      </div>
      {onRetry !== undefined && <Button onClick={onRetry}>{say('trouble.retry')}</Button>}
    </div>
  );
}
