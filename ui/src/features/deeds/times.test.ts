import { expect, test } from 'vitest';
import { pauses, read, written } from './times';

/** Wednesday, in whatever zone this runs. */
const at = (hour: number, day = 4) => new Date(2026, 10, day, hour).getTime();
const ids = (now: number) => pauses(now).map((pause) => pause.id);

test('only times ahead are offered, soonest first', () => {
  expect(ids(at(10))).toEqual(['hours', 'evening', 'tomorrow', 'week']);
  expect(ids(at(16))).toEqual(['evening', 'hours', 'tomorrow', 'week']);
  expect(ids(at(20))).toEqual(['hours', 'tomorrow', 'week']);
});

test('on Sunday next week is tomorrow, and on Monday a week away', () => {
  expect(ids(at(20, 8))).toEqual(['hours', 'tomorrow']);
  expect(pauses(at(20, 9)).at(-1)).toEqual({ id: 'week', at: at(9, 16) });
});

test('a field for day and time gives back what it was given', () => {
  expect(read(written(at(16)))).toBe(at(16));
  expect(read('')).toBeNull();
});
