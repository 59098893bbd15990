import { passes, Problem } from '../api/problem';
import { useProblem } from '../lib/problem';
import { known, useWords } from '../lib/words';
import { Button } from './Button';
import { Icon } from './Icon';
import s from './Trouble.module.css';

type Props = { problem: unknown; onRetry?: () => void };

/** What went wrong, where the work is: cause, effect, one way on, and the code for whoever asks. Grey where it passes by itself. */
export function Trouble({ problem, onRetry }: Props) {
  const { say } = useWords();
  const words = useProblem();
  const details = problem instanceof Problem ? [problem.code, problem.message, problem.trace] : [String(problem)];
  const effect = `outcome.${problem instanceof Problem ? problem.code : 'other'}`;
  return (
    <div className={`${s.trouble} ${problem instanceof Problem && passes(problem) ? s.passing : ''}`} role="alert">
      <Icon name="warning" />
      <div className={s.words}>
        <b>{words(problem)}</b>
        <p>{say(known(effect) ? effect : 'outcome.other')}</p>
        <details>
          <summary>{say('trouble.details')}</summary>
          <code>{details.filter(Boolean).join(' · ')}</code>
        </details>
      </div>
      {onRetry !== undefined && <Button onClick={onRetry}>{say('trouble.retry')}</Button>}
    </div>
  );
}
