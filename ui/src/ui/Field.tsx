import { useId } from 'react';
import s from './Field.module.css';

type Props = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string | undefined;
  required?: boolean;
  secret?: boolean;
  lines?: number;
  options?: { value: string; label: string }[];
  error?: string;
};

/** One value of a form, with its name above and what is to be known below. */
export function Field({
  label,
  value,
  onChange,
  hint,
  required = false,
  secret = false,
  lines = 1,
  options,
  error,
}: Props) {
  const id = useId();
  const told = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ') || undefined;
  const shared = {
    id,
    value,
    required,
    'aria-describedby': told,
    'aria-invalid': error ? true : undefined,
    className: s.input,
  } as const;
  return (
    <div className={s.field}>
      <label htmlFor={id}>{label}</label>
      {options !== undefined ? (
        <select {...shared} onChange={(event) => onChange(event.target.value)}>
          <option value="">–</option>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      ) : lines > 1 ? (
        <textarea {...shared} rows={lines} dir="auto" onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input
          {...shared}
          type={secret ? 'password' : 'text'}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {hint && (
        <p id={`${id}-hint`} className={s.hint}>
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className={s.error} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
