/** Time left and times of day. Pure: the present comes in as an argument. */

import type { Say } from './words';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Under these a clock turns red or amber. */
const LITTLE = HOUR;
const SOON = 4 * HOUR;
/** The whole of a clock that says nothing of its length. */
const WHOLE = DAY;

export type Level = 'over' | 'hot' | 'soon' | 'calm';
export type Group = 'overdue' | 'hour' | 'today' | 'tomorrow' | 'later';

/** How a clock stands. */
export function level(due: number, now: number): Level {
  const rest = due - now;
  if (rest <= 0) return 'over';
  if (rest < LITTLE) return 'hot';
  return rest < SOON ? 'soon' : 'calm';
}

/** Hundredths of the clock that remain, as its pie shows. */
export function remaining(due: number, now: number): number {
  return Math.max(4, Math.min(100, Math.round(((due - now) / WHOLE) * 100)));
}

/** A duration in the words of the language, never as a time of day. */
export function span(duration: number, say: Say): string {
  const minutes = Math.floor(duration / MINUTE);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) % 24;
  const rest = minutes % 60;
  if (minutes < 1) return say('span.seconds', { n: Math.max(1, Math.floor(duration / 1000)) });
  if (minutes < 60) return say('span.minutes', { n: minutes });
  if (days < 1) return rest === 0 ? say('span.hours', { n: hours }) : say('span.hours_minutes', { h: hours, m: rest });
  return hours === 0 ? say('span.days', { n: days }) : say('span.days_hours', { d: days, h: hours });
}

/** Time left without the word for it, as rows show it. */
export function left(due: number, now: number, say: Say): string {
  return due <= now ? say('time.overdue', { span: span(now - due, say) }) : span(due - now, say);
}

/** The group of the working list that a deadline falls into. */
export function group(due: number | null, now: number): Group {
  if (due === null) return 'later';
  if (due <= now) return 'overdue';
  if (due - now < HOUR) return 'hour';
  const midnight = new Date(now).setHours(24, 0, 0, 0);
  if (due < midnight) return 'today';
  return due < midnight + DAY ? 'tomorrow' : 'later';
}

/** Hours from 0 to 23: half days are easily mistaken where clocks of two zones stand side by side. */
const HOURS = { hourCycle: 'h23' } as const;

/** A time of day in the person's zone. */
export function clock(at: number, language: string, zone?: string): string {
  const form = { hour: '2-digit', minute: '2-digit', ...HOURS, ...(zone && { timeZone: zone }) } as const;
  return new Date(at).toLocaleTimeString(language, form);
}

/** A day in full. */
export function day(at: number, language: string): string {
  return new Date(at).toLocaleDateString(language, { dateStyle: 'long' });
}

/** Day and time, in short. */
export function instant(at: number, language: string): string {
  return new Date(at).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short', ...HOURS });
}

/** When something happened, as short as its age allows: the time today, else the day. */
export function when(at: number, now: number, language: string): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  if (sameDay) return clock(at, language);
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const form: Intl.DateTimeFormatOptions = sameYear ? { day: 'numeric', month: 'short' } : { dateStyle: 'medium' };
  return new Date(at).toLocaleDateString(language, form);
}
