import { expect, test } from 'vitest';
import { isQuiet, news, unreadOf } from './news';

test('unread conversations of all kinds count for their shop', () => {
  const rows = [
    { shop: 1, unread: 2 },
    { shop: 1, unread: 3 },
    { shop: 2, unread: 0 },
  ];
  expect([...unreadOf(rows)]).toEqual([
    [1, 5],
    [2, 0],
  ]);
});

test('more is news, less is not, and nothing left takes the news back', () => {
  const before = new Map([
    [1, 2],
    [2, 2],
    [3, 2],
  ]);
  const now = new Map([
    [1, 3],
    [2, 1],
    [4, 1],
  ]);
  expect(news(before, now)).toEqual({ more: [1, 4], none: [3] });
});

test('what was there at the start is no news', () => {
  expect(news(null, new Map([[1, 9]]))).toEqual({ more: [], none: [] });
});

test('quiet hours pass over midnight', () => {
  const at = (time: string) => new Date(`2026-11-22T${time}:00`);
  const night = { on: true, from: '22:00', to: '08:00' };
  expect(['21:59', '22:00', '07:59', '08:00'].map((time) => isQuiet(night, at(time)))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(isQuiet({ on: true, from: '12:00', to: '13:00' }, at('12:30'))).toBe(true);
  expect(isQuiet({ ...night, on: false }, at('03:00'))).toBe(false);
});
