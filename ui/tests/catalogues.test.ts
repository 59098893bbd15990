/** The catalogues: every language says everything, with the same values, and the page says nothing outside them. */

import { compileMessage } from '@lingui/message-utils/compileMessage';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { choose, LANGUAGES } from '../src/lib/words';

const root = join(import.meta.dirname, '..');
const read = (language: string): Record<string, string> =>
  JSON.parse(readFileSync(join(root, `locales/${language}.json`), 'utf8')) as Record<string, string>;
const english = read('en');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
  (path) => /\.tsx?$/.test(path) && !path.includes('.test.') && !path.includes('.gen.'),
);
const source = (path: string) => readFileSync(join(root, 'src', path), 'utf8');

/** Names of the values a message takes: whatever opens a brace and is followed by its end or by what is made of it. */
const values = (message: string): string[] => [
  ...new Set([...message.matchAll(/\{(\w+)\s*(?=[,}])/g)].map((match) => match[1] as string)),
];

test.each(LANGUAGES)('%s says everything, with the values of the English text', (language) => {
  const texts = read(language);
  expect(Object.keys(texts)).toEqual(Object.keys(english));
  for (const [id, text] of Object.entries(texts)) {
    expect(text.trim(), id).not.toBe('');
    // A language may do without a number that another one counts by.
    const extra = values(text).filter((name) => !values(english[id] as string).includes(name));
    expect(extra, `${language} ${id}`).toEqual([]);
  }
});

test.each([
  ['zh-CN', /[訊賣範設網開關請這個對話傳檔]/u],
  ['zh-TW', /[讯发卖设网开关请这个对话传档]/u],
])('%s is written in its own signs', (language, foreign) => {
  const wrong = Object.entries(read(language)).filter(([, text]) => foreign.test(text));
  expect(wrong).toEqual([]);
});

test('every message can be parsed', () => {
  for (const language of LANGUAGES) {
    for (const text of Object.values(read(language))) compileMessage(text);
  }
});

test('the page says nothing outside the catalogues', () => {
  const found: string[] = [];
  for (const path of sources.filter((name) => name.endsWith('.tsx'))) {
    const file = ts.createSourceFile(path, source(path), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
    const visit = (node: ts.Node): void => {
      if (ts.isJsxText(node) && /\p{L}/u.test(node.text) && node.text.trim() !== 'Dragoman')
        found.push(`${path}: ${node.text.trim()}`);
      const spoken =
        ts.isJsxAttribute(node) && ['title', 'label', 'aria-label', 'placeholder', 'alt'].includes(node.name.getText());
      if (
        spoken &&
        node.initializer !== undefined &&
        ts.isStringLiteral(node.initializer) &&
        /\p{L}/u.test(node.initializer.text) &&
        !(node.initializer.text in english)
      ) {
        found.push(`${path}: ${node.getText()}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  expect(found).toEqual([]);
});

test('nothing in the catalogues is unused', () => {
  // The shell says a few things itself, where the page is what is missing.
  const shell = ['trouble', 'tray'].map((name) => readFileSync(join(root, `../src-tauri/src/${name}.rs`), 'utf8'));
  const all = [...sources.map(source), ...shell].join('\n');
  const unused = Object.keys(english).filter((id) => {
    const family = id.slice(0, id.indexOf('.') + 1);
    // Families whose second half is a code of the program are said with a template.
    return !all.includes(`'${id}'`) && !all.includes(`"${id}"`) && !all.includes(`\`${family}\${`);
  });
  expect(unused).toEqual([]);
});

test('the language of the person is found', () => {
  expect(choose(['de-DE', 'ru-RU'])).toBe('ru');
  expect(choose(['zh-Hant-HK'])).toBe('zh-TW');
  expect(choose(['zh'])).toBe('zh-CN');
  expect(choose(['fr'])).toBe('en');
});
