import { expect, test } from 'vitest';
import { clashes, keysIn, refusal } from './bindings';
import { KeyReader, type Press } from './reader';

const table = keysIn({});

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  keyCode: 0,
  ...more,
});
const reading = { inField: false, onControl: false };
const writing = { inField: true, onControl: false };
const read = (key: Press, place = reading) => new KeyReader(table).read(key, place, 0);

test('letters command the list and leave text fields alone', () => {
  expect(read(press('j'))).toBe('next');
  expect(read(press('j'), writing)).toBeNull();
  expect(read(press('/'), writing)).toBeNull();
  expect(read(press('Enter'))).toBe('open');
  expect(read(press('Enter'), { inField: false, onControl: true })).toBeNull();
});

test('on layouts without Latin letters the place of the key counts', () => {
  expect(read(press('о', { code: 'KeyJ' }))).toBe('next');
  expect(read(press('л', { code: 'KeyK' }))).toBe('previous');
  expect(read(press('л', { code: 'KeyK', ctrlKey: true }))).toBe('menu');
  // Of a Latin layout that has letters elsewhere, the letter counts.
  expect(read(press('j', { code: 'KeyC' }))).toBe('next');
});

test('an input method keeps its keys', () => {
  expect(read(press('Enter', { ctrlKey: true }), writing)).toBe('send');
  expect(read(press('Enter', { ctrlKey: true, isComposing: true }), writing)).toBeNull();
  expect(read(press('Enter', { ctrlKey: true, keyCode: 229 }), writing)).toBeNull();
});

test('a sequence goes somewhere, and is forgotten when its second half takes too long', () => {
  const keys = new KeyReader(table);
  expect(keys.read(press('g'), reading, 0)).toBeNull();
  expect(keys.read(press('o'), reading, 500)).toBe('outbox');
  expect(keys.read(press('g'), reading, 1_000)).toBeNull();
  expect(keys.read(press('o'), reading, 9_000)).toBe('open');
});

test('the same letter with Control is another command or none', () => {
  expect(read(press('e', { ctrlKey: true }))).toBeNull();
  expect(read(press('H', { ctrlKey: true, shiftKey: true }))).toBe('hold');
});

test('a lock that somebody forgot changes no letter', () => {
  expect(read(press('J'))).toBe('next');
  expect(read(press('g', { shiftKey: true }))).toBeNull();
});

test('on a layout without Latin letters signs count by their place, too', () => {
  const keys = new KeyReader(table);
  expect(keys.read(press('.', { code: 'Slash' }), reading, 0)).toBeNull();
  expect(keys.read(press('о', { code: 'KeyJ' }), reading, 0)).toBe('next');
  expect(keys.read(press('.', { code: 'Slash' }), reading, 0)).toBe('search');
  expect(keys.read(press(',', { code: 'Slash', shiftKey: true }), reading, 0)).toBe('help');
  expect(keys.read(press('k', { code: 'KeyK' }), reading, 0)).toBe('previous');
  expect(keys.read(press('.', { code: 'Slash' }), reading, 0)).toBeNull();
  // Signs of a Chinese input method are no Latin ones.
  expect(keys.read(press('、', { code: 'Slash' }), reading, 0)).toBe('search');
});

test('a modifier on the way to the second half of a sequence ends nothing', () => {
  const keys = new KeyReader(keysIn({ outbox: ['g O'] }));
  expect(keys.read(press('g'), reading, 0)).toBeNull();
  expect(keys.read(press('Shift', { shiftKey: true }), reading, 100)).toBeNull();
  expect(keys.read(press('O', { shiftKey: true }), reading, 200)).toBe('outbox');
});

test('keys that were changed count, and those of the table no more', () => {
  const keys = new KeyReader(keysIn({ done: ['q'], open: [] }));
  expect(keys.read(press('q'), reading, 0)).toBe('done');
  expect(keys.read(press('e'), reading, 0)).toBeNull();
  expect(keys.read(press('o'), reading, 0)).toBeNull();
});

test('the table gives no key twice', () => {
  expect(clashes(table)).toEqual([]);
});

test('two commands that share a key are both told, and so is a key that begins a sequence', () => {
  expect(clashes(keysIn({ done: ['j'] }))).toEqual([
    { id: 'next', other: 'done', keys: 'j' },
    { id: 'done', other: 'next', keys: 'j' },
  ]);
  expect(clashes(keysIn({ done: ['g'] })).map(({ id }) => id)).toContain('inbox');
  // In a text field and outside of it, one key may mean two things.
  expect(clashes(keysIn({ done: ['Mod+Enter'] }))).toEqual([]);
});

test('a text field keeps its letters, and editing its keys', () => {
  expect(refusal('send', 'j')).toBe('in_text');
  expect(refusal('send', 'Mod+J')).toBeNull();
  expect(refusal('done', 'j')).toBeNull();
  expect(refusal('done', 'Mod+C')).toBe('kept');
});
