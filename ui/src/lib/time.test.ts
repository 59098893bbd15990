import { expect, test } from 'vitest';
import { group, left, level } from './time';
import type { Say } from './words';

const say: Say = (id, values) => [id, ...Object.values(values ?? {})].join(' ');
const MINUTE = 60_000;

test('time left is told in its largest two units, overdue time counts up', () => {
  expect(left(18 * MINUTE, 0, say)).toBe('span.minutes 18');
  expect(left(130 * MINUTE, 0, say)).toBe('span.hours_minutes 2 10');
  expect(left(24 * 60 * MINUTE, 0, say)).toBe('span.days 1');
  expect(left(0, 42 * MINUTE, say)).toBe('time.overdue span.minutes 42');
  expect(left(30_000, 0, say)).toBe('span.seconds 30');
});

test('a clock turns amber under four hours, red under one, and is filled once it has run out', () => {
  expect([240, 239, 59, 0].map((minutes) => level(minutes * MINUTE, 0))).toEqual(['calm', 'soon', 'hot', 'over']);
});

test('deadlines fall into groups by time left', () => {
  const noon = new Date(2026, 10, 22, 12).getTime();
  const hours = (count: number) => noon + count * 60 * MINUTE;
  const found = [noon, hours(0.5), hours(3), hours(20), hours(40), null].map((due) => group(due, noon));
  expect(found).toEqual(['overdue', 'hour', 'today', 'tomorrow', 'later', 'later']);
});
