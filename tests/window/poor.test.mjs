// What a machine may lack: a session bus, a display, one that answers. The window is there without the first, and the page is served
// without the others.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { Driver, until } from './driver.mjs';

const PROGRAM = process.env.DRAGOMAN_WINDOW;
let folder;
let homes = 0;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-poor-'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

const freshHome = () => {
  homes += 1;
  return join(folder, String(homes));
};

// Starts the program in an environment; ends it however the steps end.
async function started(environment, steps) {
  const home = freshHome();
  const options = { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'inherit'] };
  const child = spawn(PROGRAM, ['--home', home, '--demo'], options);
  const ended = once(child, 'exit');
  try {
    await steps(child, home);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

async function serves(child) {
  const [link] = await once(createInterface({ input: child.stdout }), 'line');
  const answer = await fetch(link, { redirect: 'manual' });
  assert.equal(answer.status, 303);
  const cookie = answer.headers.get('set-cookie').split(';')[0];
  const page = await fetch(new URL('/', link), { headers: { cookie } });
  assert.match(await page.text(), /<div id="root">/);
}

test('without a display the page is served for a browser', () => started({ DISPLAY: '', WAYLAND_DISPLAY: '' }, serves));

test('with a display where nobody listens the page is served for a browser', () =>
  started({ DISPLAY: ':64999', WAYLAND_DISPLAY: '' }, serves));

test('with a display that is silent the page is served for a browser', async () => {
  const runtime = join(folder, 'runtime');
  mkdirSync(runtime, { mode: 0o700 });
  // Takes every connection and never says a word.
  const silent = createServer(() => {}).listen(join(runtime, 'wayland-silent'));
  await once(silent, 'listening');
  await started({ WAYLAND_DISPLAY: 'wayland-silent', XDG_RUNTIME_DIR: runtime }, serves);
  silent.close();
});

test('without a session bus, and so without tray and notifications, the window opens', async () => {
  const driver = await Driver.start({ ...process.env, DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(folder, 'no-bus')}` });
  try {
    const window = await driver.open(PROGRAM, ['--home', freshHome(), '--demo']);
    await window.see('option');
    await window.close();
  } finally {
    driver.end();
  }
});

// Children of a process that draw its pages.
const drawing = (parent) => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
  try {
    const [, name, rest] = readFileSync(`/proc/${pid}/stat`, 'utf8').match(/\((.*)\) . (\d+)/);
    return name.startsWith('WebKitWebProc') && Number(rest) === parent;
  } catch {
    return false;
  }
});

// How often the page of a home has said that it is drawn.
function drawn(home) {
  const logs = join(home, 'logs');
  if (!existsSync(logs)) return 0;
  return readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8')).join('').split('the page is drawn').length - 1;
}

test('when the process that draws the page dies, the page is loaded again', () =>
  started({}, async (child, home) => {
    await until('the page is drawn', () => drawn(home) === 1);
    const [first] = drawing(child.pid);
    process.kill(Number(first), 'SIGKILL');
    await until('the page is drawn again', () => drawn(home) === 2);
    assert.ok(!drawing(child.pid).includes(first));
  }));
