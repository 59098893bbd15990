// Every screen over a home of fixed contents: what assistive tools are told, that nothing is cut off in a narrow or magnified page, that
// forced colours and reduced motion are kept, and where the focus goes. DRAGOMAN_WRITE_SNAPSHOTS=1 writes the snapshots anew.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { shoot, Stage, violations } from './stage.mjs';

const FOLDER = join(import.meta.dirname, 'snapshots');
const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 8, 1, 9);
const CONVERSATIONS = [
  { kind: 'question', marketplace: 'ozon', buyer: 'Анна', product: 'Термос стальной', text: 'Держит тепло сутки?' },
  { kind: 'review', marketplace: 'wildberries', buyer: 'Игорь', product: 'Коврик для йоги', text: 'Хороший коврик, спасибо' },
  { kind: 'chat', marketplace: 'ozon', buyer: 'Lukas', product: 'Wanduhr', text: 'Смотрите https://0zon.ru/pay' },
];
const SCREENS = { inbox: '/inbox/all', outbox: '/outbox', search: '/search/спасибо', shops: '/shops', settings: '/settings' };

let stage;
let origin;
let state;
let empty;

before(async () => {
  stage = await Stage.make();
  const file = join(stage.folder, 'fixed.jsonl');
  const lines = CONVERSATIONS.flatMap(({ kind, marketplace, buyer, product, text }, at) => [
    { t: 'c', id: at + 1, account: 1, marketplace, kind, buyer, product, sku: '77', order_no: `100-${at}`, status: 'open', created_at: BEGIN + at * DAY, needs_reply: 1 },
    { t: 'm', id: at + 1, dir: 'in', sent_at: BEGIN + at * DAY, text },
  ]);
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  stage.run('import', '--format', 'jsonl', file);
  const link = await stage.serve();
  origin = new URL(link).origin;
  const { context, page } = await stage.open({ locale: 'en-GB' });
  await page.goto(link);
  state = await context.storageState();
  await context.close();
  empty = await stage.serve(join(stage.folder, 'empty'));
});

after(() => stage.end());

// Times pass and numbers of tries differ; what is said does not.
const lasting = (tree) => tree
  // Shops are read side by side, so conversations are numbered in any order.
  .replaceAll(/(#\/inbox\/\w+)\/\d+/g, '$1/NUMBER')
  .replaceAll(/\b(?<![.\d])\d{1,2}:\d{2}\b/g, 'TIME')
  .replaceAll(/\d{1,2} (Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*( \d{4})?/g, 'DAY')
  .replaceAll(/\d+ (d|h|min|s|days?)\b( \d+ (h|min|s)\b)?( overdue| ago| left)?/g, 'SPAN');

async function matches(page, name) {
  assert.deepEqual(await violations(page), [], name);
  const tree = `${lasting(await page.locator('body').ariaSnapshot())}\n`;
  const path = join(FOLDER, `${name}.yml`);
  if (process.env.DRAGOMAN_WRITE_SNAPSHOTS || !existsSync(path)) {
    assert.ok(process.env.DRAGOMAN_WRITE_SNAPSHOTS, `there is no snapshot ${name}`);
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path, tree);
  }
  assert.equal(tree, readFileSync(path, 'utf8'), `${name}: what assistive tools are told has changed`);
}

const settled = (page) => page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);

async function opened(page, hash) {
  await page.goto(`${origin}/#${hash}`);
  await page.getByRole('main').waitFor();
  await settled(page);
}

// Whatever can be pressed or filled in and lies outside the page where nothing scrolls to it.
const cutOff = (page) => page.evaluate(() => {
  const scrolls = (element) => {
    for (let parent = element.parentElement; parent !== null; parent = parent.parentElement) {
      if (['auto', 'scroll'].includes(getComputedStyle(parent).overflowX)) return true;
    }
    return false;
  };
  return [...document.querySelectorAll('button, a, input, textarea, select, [role=switch], [role=tab]')]
    .filter((element) => element.checkVisibility() && !scrolls(element) && !element.closest('.aside'))
    .filter((element) => {
      const { left, right, width } = element.getBoundingClientRect();
      return width > 2 && (left < -1 || right > window.innerWidth + 1);
    })
    .map((element) => element.outerHTML.slice(0, 160));
});

test('assistive tools are told the same as the eye, on every screen', async () => {
  const { context, page, troubles } = await stage.open({ locale: 'en-GB', storageState: state });
  for (const [name, hash] of Object.entries(SCREENS)) {
    await opened(page, hash);
    if (name === 'inbox') await page.getByRole('option').first().waitFor();
    await matches(page, name);
  }
  await opened(page, '/inbox/all');
  await page.getByRole('option').first().click();
  await page.getByRole('log').waitFor();
  // What somebody looked at is read.
  await page.locator('[aria-selected=true]').getByRole('img', { name: 'Unread' }).waitFor({ state: 'detached' });
  await matches(page, 'conversation');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await matches(page, 'menu');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await matches(page, 'keys');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a home without a shop shows two doors, in the language one chooses', async () => {
  const { context, page, troubles } = await stage.open({ locale: 'en-GB' });
  await page.goto(empty);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await matches(page, 'first');
  await page.getByRole('button', { name: 'Choose the platform' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Ozon' }).click();
  await page.getByRole('textbox', { name: 'API key' }).waitFor();
  await matches(page, 'connect');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Русский' }).click();
  await page.getByRole('heading', { name: /Покупатели/ }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'ru');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a page of 320 pixels, and one magnified twice, lose nothing', async () => {
  for (const [width, height] of [[320, 640], [720, 450]]) {
    const { context, page } = await stage.open({ locale: 'ru-RU', storageState: state, viewport: { width, height } });
    for (const [name, hash] of Object.entries(SCREENS)) {
      await opened(page, hash);
      assert.deepEqual(await cutOff(page), [], `${name} at ${width}`);
      await shoot(page, `${name}-${width}`);
    }
    await opened(page, '/inbox/all');
    await page.getByRole('option').first().click();
    await page.getByRole('log').waitFor();
    assert.deepEqual(await cutOff(page), [], `conversation at ${width}`);
    await shoot(page, `conversation-${width}`);
    await context.close();
  }
});

test('forced colours show the focus and what is chosen; reduced motion moves nothing', async () => {
  const { context, page } = await stage.open({ locale: 'en-GB', storageState: state, forcedColors: 'active', reducedMotion: 'reduce' });
  await opened(page, '/inbox/all');
  await page.getByRole('option').first().click();
  await page.getByRole('log').waitFor();
  await shoot(page, 'forced-colours');
  const outline = (locator) => locator.evaluate((element) => getComputedStyle(element).outlineStyle);
  assert.equal(await outline(page.locator('[role=option][aria-selected=true] > *').first()), 'solid', 'the open row');
  assert.equal(await outline(page.getByRole('tab', { selected: true })), 'solid', 'the chosen tab');
  assert.equal(await outline(page.locator('[aria-current=page]')), 'solid', 'the place one is at');
  await page.keyboard.press('Tab');
  assert.equal(await outline(page.locator(':focus')), 'solid', 'the focus');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  const moving = await page.evaluate(() => document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 0).length);
  assert.equal(moving, 0);
  await context.close();
});

test('the focus comes back from a dialog, and each list is one stop', async () => {
  const { context, page } = await stage.open({ locale: 'en-GB', storageState: state });
  await opened(page, '/inbox/all');
  await page.getByRole('option').first().waitFor();
  const stops = [];
  await page.locator('body').focus();
  for (let press = 0; press < 40; press += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const { activeElement: here } = document;
      return here === document.body ? null : `${here.getAttribute('role') ?? here.tagName.toLowerCase()}`;
    });
    if (stop === null) break;
    stops.push(stop);
  }
  assert.equal(stops.filter((stop) => stop === 'tab').length, 1, stops.join(' '));
  assert.equal(stops.filter((stop) => stop === 'listbox').length, 1, stops.join(' '));
  assert.equal(stops.filter((stop) => stop === 'option').length, 0);
  assert.ok(stops.indexOf('tab') < stops.indexOf('listbox'), 'tabs stand before their list');
  const options = await page.getByRole('option').evaluateAll((all) => all.map((one) => [one.ariaPosInSet, one.ariaSetSize]));
  assert.deepEqual(options, CONVERSATIONS.map((_, at) => [String(at + 1), String(CONVERSATIONS.length)]));
  const opener = page.getByRole('button', { name: /Search messages/ });
  await opener.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.ok(await opener.evaluate((element) => element === document.activeElement));
  await context.close();
});

test('a link of a stranger says where it leads and whom it imitates, before it opens', async () => {
  const { context, page } = await stage.open({ locale: 'en-GB', storageState: state });
  await opened(page, '/inbox/all');
  await page.getByRole('option').filter({ hasText: 'Lukas' }).click();
  await page.getByRole('log').getByRole('button', { name: 'https://0zon.ru/pay' }).click();
  await page.getByRole('log').getByText('Looks like Ozon, but is not').waitFor();
  await page.getByRole('log').getByText('0zon.ru', { exact: true }).waitFor();
  assert.equal(context.pages().length, 1, 'nothing has opened');
  await context.close();
});

test('whoever answers in place of the program is named, and what was written stays', async () => {
  const { context, page } = await stage.open({ locale: 'en-GB', storageState: state });
  await page.route('**/api/conversations?*', (route) => route.fulfill({ status: 503, contentType: 'text/html', body: '<h1>Proxy</h1>' }));
  await page.goto(`${origin}/#/inbox/all`);
  const alert = page.getByRole('alert');
  await alert.getByText('Something else answered').waitFor({ timeout: 20_000 });
  await page.unroute('**/api/conversations?*');
  await alert.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('option').first().waitFor();
  await context.close();
});
