import { expect, test } from 'vitest';
import { hostOf, measure, pieces } from './text';

test('letters are counted as the platforms count them', () => {
  expect(measure('  👍🏽 да ', { max_length: 5 })).toEqual({ length: 5, state: 'near' });
  expect(measure('a', { min_length: 2 })).toEqual({ length: 1, state: 'short' });
  expect(measure('   ', {})).toEqual({ length: 0, state: 'short' });
  expect(measure('abcdef', { max_length: 5 })).toEqual({ length: 6, state: 'over' });
});

test('what cannot be seen is shown by its number, and links stand apart', () => {
  expect(pieces('a\u202Eb')).toEqual([
    { text: 'a', kind: 'plain' },
    { text: 'U+202E', kind: 'invisible' },
    { text: 'b', kind: 'plain' },
  ]);
  expect(pieces('см. https://example.com/a?b=1, там')).toEqual([
    { text: 'см. ', kind: 'plain' },
    { text: 'https://example.com/a?b=1', kind: 'link' },
    { text: ', там', kind: 'plain' },
  ]);
  expect(pieces('<script>alert(1)</script>')).toEqual([{ text: '<script>alert(1)</script>', kind: 'plain' }]);
  expect(pieces('javascript:alert(1)')[0]?.kind).toBe('plain');
  expect(pieces('👨‍👩‍👧 ok').every((piece) => piece.kind === 'plain')).toBe(true);
});

test('a link leads to its host, whatever it pretends', () => {
  expect(hostOf('https://wildberries.ru@evil.example/login')).toBe('evil.example');
  expect(hostOf('https://xn--80ak6aa92e.com/')).toBe('xn--80ak6aa92e.com');
  expect(hostOf('https://[broken')).toBeNull();
});
