import { platform } from '../platform/platform';
import { useWords } from '../lib/words';
import { Button } from './Button';
import s from './Facts.module.css';
import { Name } from './Quoted';

/** A value with its name; an empty one is not shown. */
export type Fact = { label: string; value: string; copy?: boolean };

/** What is known of something, one fact a line. */
export function Facts({ of }: { of: Fact[] }) {
  const { say } = useWords();
  return (
    <dl className={s.facts}>
      {of
        .filter(({ value }) => value !== '')
        .map(({ label, value, copy = false }) => (
          <div key={label} className={s.fact}>
            <dt>{label}</dt>
            <dd>
              <Name>{value}</Name>
              {copy && (
                <Button
                  look="quiet"
                  icon="copy"
                  label={say('context.copy', { what: label })}
                  onClick={() => void platform.copy(value).catch(() => {})}
                />
              )}
            </dd>
          </div>
        ))}
    </dl>
  );
}
