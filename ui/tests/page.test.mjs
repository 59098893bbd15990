// Run with: node --test ui/tests/

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { command } from '../keys.js';
import { lengthOf, measure } from '../reply.js';
import { group, timeLeft } from '../time.js';
import { Words, choose } from '../words.js';

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const texts = (language) => JSON.parse(read(`locales/${language}.json`));
const words = (language) => new Words(language, texts(language));
const MINUTE = 60_000;
const outside = { inField: false, onControl: false };
const inside = { inField: true, onControl: false };

test('time left reads naturally in each language', () => {
  assert.deepEqual(timeLeft(18 * MINUTE, 0, words('zh-CN')), { level: 'hour', text: '剩 18 分钟' });
  assert.deepEqual(timeLeft(130 * MINUTE, 0, words('zh-CN')), { level: 'soon', text: '剩 2 小时 10 分' });
  assert.deepEqual(timeLeft(0, 42 * MINUTE, words('ru')), { level: 'overdue', text: '−42 мин' });
  assert.deepEqual(timeLeft(24 * 60 * MINUTE, 0, words('en')), { level: 'calm', text: '1 day left' });
});

test('deadlines fall into groups by time left', () => {
  const noon = new Date(2026, 10, 22, 12).getTime();
  const hours = (n) => noon + n * 60 * MINUTE;
  assert.deepEqual([noon, hours(0.5), hours(3), hours(20), hours(40), null].map((due) => group(due, noon)),
    ['overdue', 'hour', 'today', 'tomorrow', 'later', 'later']);
});

test('keys command the list and leave fields and input methods alone', () => {
  assert.equal(command({ key: 'j' }, outside), 'next');
  assert.equal(command({ key: 'j' }, inside), null);
  assert.equal(command({ key: '/' }, inside), null);
  assert.equal(command({ key: 'Enter', ctrlKey: true }, inside), 'send');
  assert.equal(command({ key: 'Enter', ctrlKey: true, isComposing: true }, inside), null);
  assert.equal(command({ key: 'Enter', ctrlKey: true, keyCode: 229 }, inside), null);
  assert.equal(command({ key: 'Enter' }, { inField: false, onControl: true }), null);
  assert.equal(command({ key: 'j', ctrlKey: true }, outside), null);
});

test('a text is counted in characters, not in code units', () => {
  assert.equal(lengthOf('  👍🏽é你好 '), 5);
  const rules = { min_length: 2, max_length: 4 };
  assert.equal(measure('a', rules).sendable, false);
  assert.equal(measure('abcd', rules).sendable, true);
  assert.deepEqual(measure('abcde', rules), { length: 5, sendable: false, level: 'over' });
});

test('the language is the first of the reader’s that we have', () => {
  assert.equal(choose(['de-DE', 'ru-RU', 'en']), 'ru');
  assert.equal(choose(['zh-TW']), 'zh-CN');
  assert.equal(choose(['de']), 'en');
});

test('all languages have the same texts with the same values', () => {
  const values = (text) => [...new Set(JSON.stringify(text).match(/\{\w+\}/g) ?? [])].sort();
  const english = texts('en');
  for (const language of ['zh-CN', 'ru']) {
    const other = texts(language);
    assert.deepEqual(Object.keys(other), Object.keys(english), language);
    for (const key of Object.keys(english)) assert.deepEqual(values(other[key]), values(english[key]), `${language} ${key}`);
  }
});

test('every text the page names exists', () => {
  const known = texts('en');
  for (const file of readdirSync(new URL('..', import.meta.url)).filter((name) => name.endsWith('.js'))) {
    for (const [, key] of read(file).matchAll(/(?:words\.say|deed)\('([a-z_.]+)'/g)) assert.ok(Object.hasOwn(known, key), `${file}: ${key}`);
  }
});

test('no script makes markup out of texts', () => {
  for (const file of readdirSync(new URL('..', import.meta.url)).filter((name) => name.endsWith('.js'))) {
    assert.doesNotMatch(read(file), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.style\s*=/, file);
  }
  assert.doesNotMatch(read('index.html'), /<style|<script(?![^>]*src=)|\son\w+=|style=/);
});
