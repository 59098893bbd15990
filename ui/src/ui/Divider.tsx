import { useRef } from 'react';
import s from './Divider.module.css';

type Props = {
  label: string;
  /** Width of the pane in CSS pixels, and what it may be. */
  width: number;
  min: number;
  max: number;
  /** Which side of the line the pane is on. */
  pane: 'before' | 'after';
  /** Called while it moves, and with `kept` once it rests. */
  onWidth: (width: number, kept: boolean) => void;
};

const STEP = 16;

/** The line between two panes: drawn aside by pointer or arrow keys. */
export function Divider({ label, width, min, max, pane, onWidth }: Props) {
  const held = useRef<{ from: number; width: number; now: number } | null>(null);
  const within = (wanted: number) => Math.round(Math.min(max, Math.max(min, wanted)));
  const sign = pane === 'before' ? 1 : -1;
  const keys: Record<string, number> = {
    ArrowRight: width + sign * STEP,
    ArrowLeft: width - sign * STEP,
    Home: min,
    End: max,
  };
  const rest = () => {
    if (held.current !== null) onWidth(held.current.now, true);
    held.current = null;
  };
  return (
    <div
      className={s.divider}
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        held.current = { from: event.clientX, width, now: width };
      }}
      onPointerMove={(event) => {
        if (held.current === null) return;
        held.current.now = within(held.current.width + sign * (event.clientX - held.current.from));
        onWidth(held.current.now, false);
      }}
      onPointerUp={rest}
      onPointerCancel={rest}
      onKeyDown={(event) => {
        const wanted = keys[event.key];
        if (wanted === undefined) return;
        event.preventDefault();
        onWidth(within(wanted), true);
      }}
    />
  );
}
