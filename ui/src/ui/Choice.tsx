import { useId } from 'react';
import s from './Choice.module.css';

type Props<Value extends string> = {
  label: string;
  value: Value;
  options: { value: Value; label: string; lang?: string }[];
  onChange: (value: Value) => void;
};

/** One of a few. */
export function Choice<Value extends string>({ label, value, options, onChange }: Props<Value>) {
  const name = useId();
  return (
    <fieldset className={s.choice}>
      <legend>{label}</legend>
      {options.map((option) => (
        <label key={option.value} className={s.option} lang={option.lang}>
          <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
