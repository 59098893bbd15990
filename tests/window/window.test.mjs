// The page in the real window: open by key, answer, take back, answer again, and find the answer exactly once in what the simulated
// platform accepted; with `dragoman` at work on the same home.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Stage } from '../web/stage.mjs';
import { Driver, until } from './driver.mjs';

const PROGRAM = process.env.DRAGOMAN_WINDOW;
let stage;
let driver;
let log;
let control;

const accepted = (text) => readFileSync(log, 'utf8').trim().split('\n').filter((line) => line !== '')
  .map((line) => JSON.parse(line)).filter((entry) => entry.text === text);

before(async () => {
  assert.ok(PROGRAM, 'DRAGOMAN_WINDOW must name the window; `cargo xtask test` sets it');
  stage = new Stage();
  log = join(stage.folder, 'accepted.jsonl');
  const first = await stage.start(['--home', stage.home, '--json', 'simulate', '--port', '0', '--log', log], () => true);
  const announced = JSON.parse(first);
  control = announced.control;
  for (const shop of announced.shops) {
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
  driver = await Driver.start(stage.environment);
});

after(async () => {
  driver?.end();
  await stage?.end();
});

const lines = (text) => text.trim().split('\n').map((line) => JSON.parse(line));

// Ends the window's program however the test ended, so that the next one finds the home free.
async function inWindow(args, steps) {
  const window = await driver.open(PROGRAM, args);
  try {
    await steps(window);
  } finally {
    await window.close();
  }
}

async function shoot(window, name) {
  if (process.env.DRAGOMAN_SHOTS) writeFileSync(join(process.env.DRAGOMAN_SHOTS, `${name}.png`), await window.picture());
}

test('an answer can be taken back, arrives exactly once when it is not, and the buyer is heard again', async () => {
  await inWindow(['--home', stage.home], async (window) => {
    await window.see('option');
    assert.equal(await window.run(() => location.origin), 'dragoman-app://localhost');
    await shoot(window, 'window-inbox');

    // A chat, because buyers in chats write back.
    const [chat] = lines(stage.run('list', '--kind', 'chat', '--turn', 'ours'));
    const folder = () => document.querySelector('[role=listbox] [aria-selected=true]') !== null;
    await window.press('j');
    await window.until('a key opens a conversation', folder);
    await window.run((id) => { location.hash = `/inbox/all/${id}`; }, chat.id);
    await window.see('textbox', '/Our answer/');
    await window.until('its messages are there', () => document.querySelectorAll('[role=log] article').length);
    const heard = await window.run(() => document.querySelectorAll('[role=log] article').length);

    const text = `Здравствуйте! 您好。 ${Date.now()}`;
    await window.press('r');
    await window.until('the field has the focus', () => document.activeElement?.id === 'answer');
    await window.type(text);
    if (await window.run(() => [...document.querySelectorAll('button')].some((b) => b.textContent.includes('Switch sending on')))) {
      await window.click('button', 'Switch sending on');
      await window.until('sending is on', () => ![...document.querySelectorAll('button')].some((b) => b.textContent.includes('Switch sending on')));
    }
    await window.run(() => document.querySelector('#answer').focus());
    await window.press('Control', 'Enter');
    await window.see('button', 'Undo');
    await shoot(window, 'window-undo');
    await window.press('Escape');
    await window.press('z');
    await window.until('the text is back', (wanted) => document.querySelector('#answer')?.value === wanted, text);

    await window.run(() => document.querySelector('#answer').focus());
    await window.press('Control', 'Enter');
    await until('the platform accepts it', () => accepted(text).length > 0);
    assert.equal(accepted(text).length, 1);

    // Buyers take minutes, so the platform's clock goes on; `log` announces what is added to it.
    const advance = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ advance_s: 200 }) };
    assert.equal((await fetch(`${control}/control/clock`, advance)).ok, true);
    stage.run('sync');
    await window.until('the buyer writes back', (before) => {
      const log = document.querySelector('[role=log]');
      const last = [...log.querySelectorAll('article')].at(-1);
      return log.querySelectorAll('article').length >= before + 2 && !last.className.includes('own');
    }, heard);
    await shoot(window, 'window-answered');

    await window.run(() => location.reload());
    await window.see('option');
    assert.equal(accepted(text).length, 1, 'a reload sends nothing again');
    stage.run('sync');
    assert.equal(accepted(text).length, 1);
  });
});

test('a window that is killed loses no draft that is older than a second', async () => {
  const [chat] = lines(stage.run('list', '--kind', 'chat'));
  const show = async (window) => {
    await window.see('option');
    await window.run((id) => { location.hash = `/inbox/all/${id}`; }, chat.id);
    await window.see('textbox', '/Our answer/');
  };
  let draft = '';
  for (const part of ['Здравствуйте! ', '您好，', 'уже отправили. ']) {
    const window = await driver.open(PROGRAM, ['--home', stage.home]);
    await show(window);
    await window.until('what was written before is there', (wanted) => document.querySelector('#answer').value === wanted, draft);
    await window.run(() => document.querySelector('#answer').focus());
    await window.type(part);
    draft += part;
    await new Promise((resolve) => { setTimeout(resolve, 1_000); });
    process.kill(JSON.parse(readFileSync(join(stage.home, 'endpoint.json'), 'utf8')).pid, 'SIGKILL');
    // The driver's session goes with the program; how it says so is its own affair.
    await window.close().catch(() => {});
  }
  await inWindow(['--home', stage.home], async (window) => {
    await show(window);
    await window.until('the whole draft is there', (wanted) => document.querySelector('#answer').value === wanted, draft);
    await window.run(() => document.querySelector('#answer').select());
    await window.type('\uE003');
    await window.until('it can be emptied', () => document.querySelector('#answer').value === '');
    await new Promise((resolve) => { setTimeout(resolve, 1_000); });
  });
});

test('the window leads nowhere else, and its page has the policy of the Router', async () => {
  await inWindow(['--home', stage.home], async (window) => {
    await window.see('option');
    await window.run(() => { location.href = 'https://example.com/'; });
    assert.equal(await window.run(() => window.open('https://example.com/') === null), true);
    const policy = await window.await(async () => (await fetch('/')).headers.get('content-security-policy'));
    assert.match(policy, /default-src 'none'/);
    assert.match(await window.await(() => fetch('http://127.0.0.1:1/').then(() => 'let through', () => 'refused')), /refused/);
    assert.equal(await window.await(() => fetch('/api/events').then((answer) => answer.status)), 404, 'what never ends is not begun');
    assert.equal(await window.run(() => location.origin), 'dragoman-app://localhost');
    // Only our own few commands: nothing of the toolkit's can be called by the page.
    const refused = await window.await(() => globalThis.__TAURI_INTERNALS__.invoke('plugin:window|close').then(() => 'let through', String));
    assert.match(refused, /not allowed/);
  });
});

test('a file of 30 MB travels whole', async () => {
  await inWindow(['--home', stage.home], async (window) => {
    await window.see('option');
    const sent = await window.await(async () => {
      const bytes = new Uint8Array(30 << 20);
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 2654435761) >>> 24;
      bytes.set([0x25, 0x50, 0x44, 0x46, 0x2d, 0x31, 0x2e, 0x37, 0x0a]);
      const answer = await fetch('/api/uploads?name=large.pdf', {
        method: 'POST', body: bytes.buffer,
        headers: { 'content-type': 'application/octet-stream', 'idempotency-key': crypto.randomUUID() },
      });
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      return { status: answer.status, upload: await answer.json(), hash: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') };
    });
    assert.equal(sent.status, 201);
    assert.equal(sent.upload.size, 30 << 20);
    const files = readdirSync(join(stage.home, 'files'), { recursive: true }).map((name) => join(stage.home, 'files', name));
    const large = files.filter((file) => statSync(file).isFile() && statSync(file).size === 30 << 20);
    assert.equal(large.length, 1);
    assert.equal(createHash('sha256').update(readFileSync(large[0])).digest('hex'), sent.hash);
  });
});

test('a command works on the home of the window, and the window shows what it did', async () => {
  await inWindow(['--home', stage.home], async (window) => {
    await window.see('option');
    const [chat] = lines(stage.run('list', '--kind', 'chat'));
    await window.run((id) => { location.hash = `/inbox/all/${id}`; }, chat.id);
    await window.see('textbox', '/Our answer/');
    const text = `From the command line ${Date.now()}`;
    stage.run('reply', String(chat.id), '--text', text, '--wait');
    await window.until('the answer is shown', (wanted) => document.querySelector('[role=log]')?.textContent.includes(wanted), text);
    assert.equal(accepted(text).length, 1);
  });
});

test('a second start shows the window of the first, at the place it was asked for, and ends', async () => {
  await inWindow(['--home', stage.home], async (window) => {
    await window.see('option');
    const [chat] = lines(stage.run('list', '--kind', 'chat'));
    const again = spawn(PROGRAM, ['--home', stage.home, `dragoman://thread/${chat.id}`], { env: stage.environment, stdio: 'inherit' });
    assert.deepEqual(await once(again, 'exit'), [0, null]);
    await window.until('the link is followed', (id) => location.hash === `#/inbox/all/${id}`, chat.id);
  });
});

test('while another process owns the home the window asks that one, and takes over when it ends', async () => {
  const serving = stage.running.length;
  await stage.serve();
  const owner = stage.running[serving];
  await inWindow(['--home', stage.home], async (window) => {
    await window.see('option');
    const endpoint = () => JSON.parse(readFileSync(join(stage.home, 'endpoint.json'), 'utf8')).pid;
    assert.equal(endpoint(), owner.pid);
    owner.removeAllListeners('exit');
    owner.kill('SIGTERM');
    await until('the window owns the home', () => {
      try {
        return endpoint() !== owner.pid;
      } catch {
        return false;
      }
    });
    const shops = await window.await(async () => (await (await fetch('/api/shops')).json()).rows.length);
    assert.ok(shops > 0);
  });
});

test('the demo opens in the window', async () => {
  await inWindow(['--home', join(stage.folder, 'with-demo'), '--demo'], async (window) => {
    await window.see('option');
    assert.equal(await window.await(async () => (await (await fetch('/api/home')).json()).demo), true);
    await shoot(window, 'window-demo');
  });
});
