import { expect, test } from 'vitest';
import { match } from './match';

test('an entry is named by the beginnings of its words, or by any of its signs in Chinese', () => {
  expect(match('sh', 'Shops')).toBe(true);
  expect(match('all ke', 'All keys')).toBe(true);
  expect(match('eys', 'All keys')).toBe(false);
  expect(match('会话', '下一个会话')).toBe(true);
  expect(match('еще', 'Показать ещё')).toBe(true);
  expect(match('', 'Anything')).toBe(true);
});
