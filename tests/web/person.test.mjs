// What a person does with conversations, by keys alone and taken back by one: and what they chose about the page, which lasts.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { shoot, Stage, violations } from './stage.mjs';

const BEGIN = Date.UTC(2026, 8, 1, 9);
const NAMES = ['Анна', 'Игорь', 'Lukas', 'Мария', 'Пётр'];

let stage;
let origin;
let state;

before(async () => {
  stage = await Stage.make();
  const file = join(stage.folder, 'person.jsonl');
  const lines = NAMES.flatMap((buyer, at) => [
    { t: 'c', id: at + 1, account: 1, marketplace: 'ozon', kind: 'question', buyer, product: 'Термос', sku: '77', order_no: `100-${at}`, status: 'open', created_at: BEGIN + at, needs_reply: 1 },
    { t: 'm', id: at + 1, dir: 'in', sent_at: BEGIN + at, text: `Вопрос ${at}` },
  ]);
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  stage.run('import', '--format', 'jsonl', file);
  const link = await stage.serve();
  origin = new URL(link).origin;
  const { context, page } = await stage.open({ locale: 'en-GB' });
  await page.goto(link);
  state = await context.storageState();
  await context.close();
});

after(() => stage.end());

const options = (page) => page.getByRole('option');
const toast = (page, words) => page.getByRole('status').filter({ hasText: words });

async function inbox(tab = 'all') {
  const { context, page, troubles } = await stage.open({ locale: 'en-GB', storageState: state });
  await page.goto(`${origin}/#/inbox/${tab}`);
  await options(page).first().waitFor();
  return { context, page, troubles };
}

// The first conversation, with its thread on the screen.
async function openFirst(page) {
  await page.keyboard.press('j');
  await page.getByRole('log').getByText('Вопрос').first().waitFor();
  return page.getByRole('heading', { level: 1 }).innerText();
}

const count = (page, wanted) => page.waitForFunction((number) => document.querySelectorAll('[role=option]').length === number, wanted);
const show = (page, tab) => page.evaluate((to) => { location.hash = `/inbox/${to}`; }, tab);

test('a star is given and taken back by a key each', async () => {
  const { context, page, troubles } = await inbox();
  await openFirst(page);
  await page.keyboard.press('s');
  await toast(page, '1 conversation starred').waitFor();
  await show(page, 'starred');
  await count(page, 1);
  await page.keyboard.press('z');
  await page.getByText('Nothing is starred').waitFor();
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a snoozed conversation is in its folder until it is brought back', async () => {
  const { context, page, troubles } = await inbox();
  const name = await openFirst(page);
  await page.keyboard.press('b');
  await page.getByRole('menuitem').first().waitFor();
  await shoot(page, 'snooze');
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('1');
  await toast(page, '1 conversation snoozed until').waitFor();
  await show(page, 'snoozed');
  await options(page).filter({ hasText: name }).waitFor();
  await page.keyboard.press('z');
  await page.getByText('Nothing is snoozed').waitFor();
  assert.deepEqual(troubles, []);
  await context.close();
});

test('several are taken together, and a deed on all of them is taken back at once', async () => {
  const { context, page, troubles } = await inbox();
  await openFirst(page);
  for (const key of ['x', 'Shift+J', 'Shift+J']) await page.keyboard.press(key);
  await page.getByRole('toolbar').getByText('3 selected').waitFor();
  assert.equal(await page.locator('[role=option][aria-checked=true]').count(), 3);
  await shoot(page, 'bulk');
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('s');
  await toast(page, '3 conversations starred').waitFor();
  assert.equal(await page.getByRole('toolbar').count(), 0, 'the selection has served');
  await page.keyboard.press('z');
  // The whole tab, whatever of it is on the screen.
  await page.keyboard.press('*');
  await page.keyboard.press('a');
  await page.getByRole('toolbar').getByText('The whole tab').waitFor();
  await page.keyboard.press('s');
  await toast(page, `${NAMES.length} conversations starred`).waitFor();
  await show(page, 'starred');
  await count(page, NAMES.length);
  await page.keyboard.press('z');
  await page.getByText('Nothing is starred').waitFor();
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a tag is made by writing its name, and has a tab of its own', async () => {
  const { context, page, troubles } = await inbox();
  await openFirst(page);
  await page.keyboard.press('l');
  await page.getByRole('dialog').getByRole('textbox').fill('waits for stock');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('checkbox', { name: 'waits for stock', checked: true }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Escape');
  await page.getByRole('tab', { name: 'waits for stock' }).click();
  await count(page, 1);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a note is kept beside the conversation and can be changed', async () => {
  const { context, page, troubles } = await inbox();
  await openFirst(page);
  await page.keyboard.press('i');
  await page.getByRole('textbox', { name: /Internal note/ }).fill('six lids in Moscow');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('log').getByText('six lids in Moscow').waitFor();
  await shoot(page, 'note');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Change the note' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('five lids in Moscow');
  await page.getByRole('dialog').getByRole('button', { name: 'Keep the note' }).click();
  await page.getByRole('log').getByText('five lids in Moscow').waitFor();
  await page.reload();
  await page.getByRole('log').getByText('five lids in Moscow').waitFor();
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a key that was changed lasts, says what it clashes with, and can be reset', async () => {
  const { context, page, troubles } = await inbox();
  await page.goto(`${origin}/#/settings`);
  const row = page.getByRole('listitem', { name: 'Done, or take back' });
  await row.getByRole('button', { name: /Add a key/ }).click();
  await page.keyboard.press('j');
  await row.getByText('J is also a key of “Next conversation”').waitFor();
  await row.getByRole('button', { name: 'Take J away' }).click();
  await row.getByRole('button', { name: /Add a key/ }).click();
  await page.keyboard.press('q');
  const kept = page.waitForResponse((answer) => answer.url().endsWith('/api/settings/keys') && answer.ok());
  await row.getByRole('button', { name: 'Take Q away' }).waitFor();
  await kept;
  await page.reload();
  await row.getByRole('button', { name: 'Take Q away' }).waitFor();
  await shoot(page, 'keys');
  await page.getByRole('button', { name: 'Reset all keys' }).click();
  await row.getByRole('button', { name: 'Take Q away' }).waitFor({ state: 'detached' });
  assert.deepEqual(troubles, []);
  await context.close();
});

test('language, look and widths last', async () => {
  const { context, page, troubles } = await inbox();
  await page.goto(`${origin}/#/settings`);
  for (const name of ['Русский', 'Тёмный', 'Плотно']) {
    const kept = page.waitForResponse((answer) => answer.url().includes('/api/settings/') && answer.ok());
    await page.getByRole('radio', { name }).click();
    await kept;
  }
  await page.goto(`${origin}/#/inbox/all`);
  const divider = page.getByRole('separator', { name: 'Ширина списка' });
  const kept = page.waitForResponse((answer) => answer.url().endsWith('/list_width') && answer.ok());
  await divider.press('ArrowRight');
  await kept;
  await page.reload();
  await options(page).first().waitFor();
  const chosen = await page.evaluate(() => {
    const { lang, dataset } = document.documentElement;
    return { lang, theme: dataset.theme, density: dataset.density };
  });
  assert.deepEqual(chosen, { lang: 'ru', theme: 'dark', density: 'compact' });
  assert.equal(await divider.getAttribute('aria-valuenow'), '400');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('letters of a Russian layout command by their place, and an input method keeps its own', async () => {
  const { context, page } = await inbox();
  const press = (init) => page.evaluate((given) => window.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...given })), init);
  await press({ key: 'j', code: 'KeyJ', isComposing: true });
  await press({ key: 'Process', code: 'KeyJ', keyCode: 229 });
  assert.equal(new URL(page.url()).hash, '#/inbox/all');
  await press({ key: 'о', code: 'KeyJ' });
  await page.waitForFunction(() => /#\/inbox\/all\/\d+/.test(location.hash));
  await context.close();
});
