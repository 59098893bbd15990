// The page in Chromium: sign in by the one-time link, answer, take back, find the answer exactly once in what the simulated platform
// accepted; every screen in every language.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { shoot, Stage, violations } from './stage.mjs';

let stage;
let log;
let link;
let state;

const accepted = (text) => readFileSync(log, 'utf8').trim().split('\n').filter((line) => line !== '')
  .map((line) => JSON.parse(line)).filter((entry) => entry.text === text);

before(async () => {
  stage = await Stage.make();
  log = join(stage.folder, 'accepted.jsonl');
  const first = await stage.start(['--home', stage.home, '--json', 'simulate', '--port', '0', '--log', log], () => true);
  for (const shop of JSON.parse(first).shops) {
    const args = ['shop', 'add', shop.channel, '--name', shop.name, '--base-url', shop.base_url];
    for (const [field, value] of Object.entries(shop.fields)) args.push('--field', `${field}=${value}`);
    for (const [field, value] of Object.entries(shop.secrets)) {
      const file = join(stage.folder, `${shop.channel}-${field}`);
      writeFileSync(file, value);
      args.push('--secret', `${field}=@${file}`);
    }
    stage.run(...args);
  }
  stage.run('sync');
  link = await stage.serve();
});

after(() => stage.end());

// The smallest picture.
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const list = (page) => page.getByRole('listbox', { name: LIST });
const LIST = /会话列表|對話清單|Conversations|Диалоги/;

test('an answer written on the page can be taken back, and arrives exactly once when it is not', async () => {
  const { context, page, troubles } = await stage.open({ locale: 'zh-CN' });
  await page.goto(link);
  await list(page).getByRole('option').first().waitFor();
  assert.equal(new URL(page.url()).pathname, '/');
  // The first one that takes an answer: claims are decided, not answered.
  const field = page.getByRole('textbox', { name: /回复/ });
  for (let tries = 0; tries < 40 && (await field.count()) === 0; tries += 1) {
    await page.keyboard.press('j');
    await page.waitForTimeout(150);
  }
  await shoot(page, 'zh-light');
  const text = `您好，已为您登记，请稍候。${Date.now()}`;
  await page.keyboard.press('r');
  await page.keyboard.type(text);
  const banner = page.getByRole('button', { name: '打开发送' });
  if (await banner.count() > 0) await banner.click();
  await banner.waitFor({ state: 'detached' });

  await field.focus();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('status').getByRole('button', { name: '撤销' }).waitFor();
  await shoot(page, 'zh-light-undo');
  assert.equal(await field.inputValue(), '', 'the field is free for the next answer');
  await page.keyboard.press('Escape');
  await page.keyboard.press('z');
  await page.waitForFunction((wanted) => document.querySelector('textarea')?.value === wanted, text);

  await field.focus();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('log').getByText(text).first().waitFor();
  // Ten seconds to change one's mind, then reading, sending and seeing.
  for (let tries = 0; tries < 240 && accepted(text).length === 0; tries += 1) await page.waitForTimeout(250);
  assert.equal(accepted(text).length, 1);
  await page.getByRole('log').getByText(text).first().waitFor();
  await shoot(page, 'zh-light-sent');
  await page.reload();
  await list(page).getByRole('option').first().waitFor();
  assert.equal(accepted(text).length, 1, 'a reload sends nothing again');
  assert.deepEqual(troubles, []);
  const cookies = await context.cookies();
  assert.deepEqual(cookies.map((cookie) => [cookie.name, cookie.httpOnly, cookie.sameSite]), [[`dragoman_${new URL(link).port}`, true, 'Strict']]);
  state = await context.storageState();
  await context.close();
});

test('a file comes back with the answer it went with, and waits in the draft', async () => {
  const { context, page, troubles } = await stage.open({ locale: 'en-GB', storageState: state });
  const [chat] = stage.run('list', '--kind', 'chat', '--turn', 'ours').trim().split('\n').map((line) => JSON.parse(line));
  await page.goto(`${new URL(link).origin}/#/inbox/all/${chat.id}`);
  const field = page.locator('#answer');
  await field.fill('С фотографией.');
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Control+Shift+A')]);
  await chooser.setFiles({ name: 'photo.png', mimeType: 'image/png', buffer: PNG });
  const chip = page.getByRole('button', { name: 'Remove photo.png' });
  await chip.waitFor();

  await field.focus();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).waitFor();
  await chip.waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.keyboard.press('z');
  await chip.waitFor();
  assert.equal(await field.inputValue(), 'С фотографией.');

  await page.reload();
  await chip.waitFor();
  assert.equal(await field.inputValue(), 'С фотографией.');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('what is being written is there again after the page died', async () => {
  const { context, page } = await stage.open({ locale: 'en-GB', colorScheme: 'dark', storageState: state });
  await page.goto(link.slice(0, link.indexOf('/sign-in')));
  await list(page).getByRole('option').first().waitFor();
  const field = page.getByRole('textbox', { name: /answer/ });
  for (let tries = 0; tries < 40 && (await field.count()) === 0; tries += 1) {
    await page.keyboard.press('j');
    await page.waitForTimeout(150);
  }
  const saved = page.waitForResponse((response) => response.url().endsWith('/draft') && response.request().postData().includes('half a thought'));
  await field.fill('half a thought');
  await saved;
  const address = page.url();
  // No farewell: the page is gone as in a crash.
  await page.goto('about:blank');
  await page.goto(address);
  await page.waitForFunction(() => document.querySelector('textarea')?.value === 'half a thought');
  await context.close();
});

for (const [locale, scheme] of [['zh-CN', 'light'], ['zh-TW', 'dark'], ['ru-RU', 'dark'], ['en-GB', 'light']]) {
  test(`every screen in ${locale}, ${scheme}: nothing cut off sideways, no rule of accessibility broken`, async () => {
    const { context, page, troubles } = await stage.open({ locale, colorScheme: scheme, storageState: state });
    const origin = link.slice(0, link.indexOf('/sign-in'));
    for (const [name, hash] of Object.entries({
      inbox: '/inbox/urgent', all: '/inbox/all', outbox: '/outbox', search: '/search/%D1%84%D0%BE%D1%82%D0%BE', shops: '/shops', settings: '/settings',
    })) {
      await page.goto(`${origin}/#${hash}`);
      await page.waitForLoadState('networkidle').catch(() => {});
      if (name === 'inbox' || name === 'all') {
        await list(page).getByRole('option').first().click();
        await page.getByRole('log').waitFor();
      }
      for (const [width, height] of [[1440, 900], [1024, 640]]) {
        await page.setViewportSize({ width, height });
        await shoot(page, `${name}-${locale}-${scheme}-${width}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wide <= 0, `${name} is ${wide} px too wide at ${width}`);
      }
      assert.deepEqual(await violations(page), [], `${name} in ${locale}, ${scheme}`);
      await page.setViewportSize({ width: 1440, height: 900 });
    }
    assert.deepEqual(troubles, []);
    await context.close();
  });
}

test('the sign-in link works once', async () => {
  const { context, page } = await stage.open({ locale: 'ru-RU', colorScheme: 'dark' });
  await page.goto(link);
  assert.equal(await page.getByRole('listbox').count(), 0, 'a used link shows no inbox');
  await context.close();
});
