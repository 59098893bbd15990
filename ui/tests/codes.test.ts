/** Codes of the program that a person may meet have words of their own. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

type Schema = { enum?: (string | null)[]; properties?: Record<string, Schema> };
const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../crates/api/openapi.json'), 'utf8')) as {
  components: { schemas: Record<string, Schema> };
};
const english = JSON.parse(readFileSync(join(import.meta.dirname, '../locales/en.json'), 'utf8')) as Record<
  string,
  string
>;
const schema = (name: string, field?: string): string[] => {
  const found = document.components.schemas[name];
  const codes = (field === undefined ? found : found?.properties?.[field])?.enum ?? [];
  return codes.filter((code) => code !== null);
};

test.each([
  ['kind', schema('Conversation', 'kind')],
  ['turn', schema('Conversation', 'turn')],
  ['author', schema('Message', 'author')],
  ['state', schema('OutboxItem', 'state')],
  ['reason', schema('OutboxItem', 'reason')],
  ['action', schema('OutboxItem', 'action')],
  ['publication', schema('OutboxItem', 'publication')],
  ['effect', schema('Consequence', 'effect')],
  ['consequence', schema('Consequence', 'effect')],
  ['file', schema('Attachment', 'cause')],
  ['decision', schema('ClaimFacts', 'decision')],
  ['claim', schema('ClaimFacts', 'sort')],
  ['purchase', schema('ReviewFacts', 'purchase')],
  ['size_fit', schema('ReviewFacts', 'size_fit')],
])('every %s has words', (family, codes) => {
  expect(codes.length).toBeGreaterThan(0);
  const wordless = codes
    .filter((code) => code !== 'none' || family === 'turn')
    .filter((code) => !(`${family}.${code}` in english));
  expect(wordless).toEqual([]);
});

test('every rule that sets an instant has words', () => {
  const folder = join(import.meta.dirname, '../../crates/domain/rules');
  const named = /\[\[(?:deadline|limit|window)\]\]\nname = "(\w+)"/g;
  const rules = readdirSync(folder).flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(named)].map(([, name]) => name),
  );
  expect(rules.length).toBeGreaterThan(10);
  expect(rules.filter((name) => !(`rule.${name}` in english))).toEqual([]);
});
