import { expect, test } from 'vitest';
import { extend, isEmpty, isTaken, NONE, toggle, WHOLE } from './selection';

test('conversations are taken in and left out one by one', () => {
  const both = toggle(toggle(NONE, 1), 2);
  expect([...both.ids]).toEqual([1, 2]);
  expect(isEmpty(toggle(toggle(both, 1), 2))).toBe(true);
  expect([...extend(both, 2, 3).ids]).toEqual([1, 2, 3]);
});

test('a whole list has everything, until one is left out', () => {
  expect(isTaken(WHOLE, 7)).toBe(true);
  expect(extend(WHOLE, 7)).toBe(WHOLE);
  expect(isEmpty(toggle(WHOLE, 7))).toBe(true);
});
