import { useWords } from '../lib/words';
import s from './Shapes.module.css';

/** What is being read, in outline: shown only when it takes longer than the eye waits. */
export function Shapes({ of }: { of: 'rows' | 'messages' }) {
  const { say } = useWords();
  return (
    <div className={`${s.shapes} ${s[of]}`} role="status" aria-busy aria-label={say('list.loading')}>
      {[1, 2, 3, 4].map((at) => (
        <div key={at} className={s.shape}>
          {of === 'rows' && <i className={s.picture} />}
          <span className={s.lines}>
            <i />
            <i />
            <i />
          </span>
        </div>
      ))}
    </div>
  );
}
