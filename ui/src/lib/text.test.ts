import { expect, test } from 'vitest';
import { marked, measure, pieces } from './text';

test('letters are counted as the platforms count them', () => {
  expect(measure('  👍🏽 да ', { max_length: 5 })).toEqual({ length: 5, state: 'near' });
  expect(measure('a', { min_length: 2 })).toEqual({ length: 1, state: 'short' });
  expect(measure('   ', {})).toEqual({ length: 0, state: 'short' });
  expect(measure('abcdef', { max_length: 5 })).toEqual({ length: 6, state: 'over' });
});

test('what cannot be seen is shown by its number, and links stand apart', () => {
  expect(pieces('a\u202Eb')).toEqual([
    { text: 'a', kind: 'plain' },
    { text: 'U+202E', kind: 'turning' },
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

test('joiners stay where they make a letter or a picture, and are shown where they only hide', () => {
  expect(marked('می‌خواهم').every((piece) => piece.kind === 'plain')).toBe(true);
  expect(marked('pay\u200Dpal').map((piece) => piece.kind)).toEqual(['plain', 'invisible', 'plain']);
  expect(marked('\u3164').map((piece) => piece.text)).toEqual(['U+3164']);
});
