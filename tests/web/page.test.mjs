// The page in Chromium: sign in by the one-time link, open a conversation by key, answer it, and find the answer exactly once
// in what the simulated platform accepted. DRAGOMAN_BIN names the program, DRAGOMAN_SHOTS a folder for pictures.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const program = process.env.DRAGOMAN_BIN;
const shots = process.env.DRAGOMAN_SHOTS;
const folder = mkdtempSync(join(tmpdir(), 'dragoman-web-'));
const log = join(folder, 'accepted.jsonl');
const home = join(folder, 'home');
const environment = { ...process.env, DRAGOMAN_PASSPHRASE_FILE: join(folder, 'passphrase') };
const running = [];
let browser;
let link;

// Starts the program and resolves with its first line of output that says something.
function start(args, wanted) {
  const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => wanted(line) && resolve(line));
    child.on('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
  });
}

function run(...args) {
  const done = spawnSync(program, ['--home', home, '--json', ...args], { env: environment, encoding: 'utf8' });
  assert.equal(done.status, 0, `${args.join(' ')}: ${done.stdout} ${done.stderr}`);
  return done.stdout;
}

const accepted = (text) => readFileSync(log, 'utf8').trim().split('\n').filter((line) => line !== '')
  .map((line) => JSON.parse(line)).filter((entry) => entry.text === text);

async function open(locale, colorScheme, viewport = { width: 1440, height: 900 }) {
  const context = await browser.newContext({ locale, colorScheme, viewport });
  const page = await context.newPage();
  const troubles = [];
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('requestfailed', (request) => {
    // The event stream ends with the page.
    if (!request.url().endsWith('/api/events')) troubles.push(`${request.url()} failed`);
  });
  page.on('request', (request) => {
    if (new URL(request.url()).hostname !== '127.0.0.1') troubles.push(`asked for ${request.url()}`);
  });
  return { context, page, troubles };
}

const shoot = (page, name) => (shots ? page.screenshot({ path: join(shots, `${name}.png`) }) : undefined);

before(async () => {
  assert.ok(program, 'DRAGOMAN_BIN must name the program; `cargo xtask test` sets it');
  writeFileSync(environment.DRAGOMAN_PASSPHRASE_FILE, 'a passphrase for tests');
  const first = await start(['--home', home, '--json', 'simulate', '--port', '0', '--log', log], () => true);
  for (const shop of JSON.parse(first).shops) {
    const args = ['shop', 'add', shop.channel, '--name', shop.name, '--base-url', shop.base_url];
    for (const [field, value] of Object.entries(shop.fields)) args.push('--field', `${field}=${value}`);
    for (const [field, value] of Object.entries(shop.secrets)) {
      const file = join(folder, `${shop.channel}-${field}`);
      writeFileSync(file, value);
      args.push('--secret', `${field}=@${file}`);
    }
    run(...args);
  }
  run('sync');
  const line = await start(['--home', home, 'serve', '--print-url'], (text) => text.includes('/sign-in?code='));
  link = line.match(/http:\S+/)[0];
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
});

after(async () => {
  await browser?.close();
  for (const child of running) {
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
  }
  rmSync(folder, { recursive: true, force: true });
});

test('an answer written on the page arrives exactly once', async () => {
  const { context, page, troubles } = await open('zh-CN', 'light');
  await page.goto(link);
  await page.waitForSelector('#list [role=option]');
  assert.equal(new URL(page.url()).pathname, '/');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#composer:not([hidden])');
  await shoot(page, 'zh-light');
  const text = `您好，已为您登记，请稍候。${Date.now()}`;
  await page.keyboard.press('r');
  await page.keyboard.type(text);
  const turnOn = page.locator('#banner button');
  if (await turnOn.count() > 0) await turnOn.click();
  await page.waitForSelector('#banner:empty', { state: 'attached' });
  await page.focus('#text');
  await page.keyboard.press('Control+Enter');
  await page.locator('#outbox').getByText(text.slice(0, 10)).first().waitFor();
  // Ten seconds to change one's mind, then reading, sending and seeing.
  for (let tries = 0; tries < 240 && accepted(text).length === 0; tries += 1) await page.waitForTimeout(250);
  assert.equal(accepted(text).length, 1);
  await page.locator('#thread').getByText(text).waitFor();
  await shoot(page, 'zh-light-sent');
  await page.reload();
  await page.waitForSelector('#list [role=option]');
  assert.equal(accepted(text).length, 1, 'a reload sends nothing again');
  assert.deepEqual(troubles, []);
  const cookies = await context.cookies();
  assert.deepEqual(cookies.map((cookie) => [cookie.name, cookie.httpOnly, cookie.sameSite]), [[`dragoman_${new URL(link).port}`, true, 'Strict']]);
  await context.close();
});

test('the sign-in link works once and the page speaks the browser\'s language', async () => {
  const { context, page } = await open('ru-RU', 'dark');
  await page.goto(link);
  assert.equal(await page.locator('#list').count(), 0, 'a used link shows no inbox');
  await context.close();
});
