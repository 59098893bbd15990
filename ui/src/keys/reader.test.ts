import { expect, test } from 'vitest';
import { KeyReader, type Press } from './reader';

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
const read = (key: Press, place = reading) => new KeyReader().read(key, place, 0);

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
  const keys = new KeyReader();
  expect(keys.read(press('g'), reading, 0)).toBeNull();
  expect(keys.read(press('o'), reading, 500)).toBe('outbox');
  expect(keys.read(press('g'), reading, 1_000)).toBeNull();
  expect(keys.read(press('o'), reading, 9_000)).toBe('open');
});

test('the same letter with Control is another command or none', () => {
  expect(read(press('e', { ctrlKey: true }))).toBeNull();
  expect(read(press('H', { ctrlKey: true, shiftKey: true }))).toBe('hold');
});
