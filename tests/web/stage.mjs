// What the tests of the page stand on: the program in a home of its own, and Chromium. DRAGOMAN_BIN names the program, DRAGOMAN_SHOTS a
// folder for pictures.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

export class Stage {
  static async make() {
    const stage = new Stage();
    stage.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
    return stage;
  }

  constructor() {
    this.program = process.env.DRAGOMAN_BIN;
    assert.ok(this.program, 'DRAGOMAN_BIN must name the program; `cargo xtask test` sets it');
    this.folder = mkdtempSync(join(tmpdir(), 'dragoman-web-'));
    this.home = join(this.folder, 'home');
    this.environment = { ...process.env, DRAGOMAN_PASSPHRASE_FILE: join(this.folder, 'passphrase') };
    this.running = [];
    writeFileSync(this.environment.DRAGOMAN_PASSPHRASE_FILE, 'a passphrase for tests');
  }

  // Starts the program and resolves with its first line of output that says something.
  start(args, wanted) {
    const child = spawn(this.program, args, { env: this.environment, stdio: ['ignore', 'pipe', 'inherit'] });
    this.running.push(child);
    return new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => wanted(line) && resolve(line));
      child.on('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
    });
  }

  run(...args) {
    const done = spawnSync(this.program, ['--home', this.home, '--json', ...args], { env: this.environment, encoding: 'utf8' });
    assert.equal(done.status, 0, `${args.join(' ')}: ${done.stdout} ${done.stderr}`);
    return done.stdout;
  }

  // The link that signs in, once.
  async serve(home = this.home) {
    const line = await this.start(['--home', home, 'serve', '--print-url'], (text) => text.includes('/sign-in?code='));
    return line.match(/http:\S+/)[0];
  }

  async open({ locale, colorScheme = 'light', viewport = { width: 1440, height: 900 }, storageState = undefined, ...more }) {
    const context = await this.browser.newContext({ locale, colorScheme, viewport, storageState, ...more });
    const page = await context.newPage();
    const troubles = [];
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('requestfailed', (request) => {
      // The event stream ends with the page, and what a screen no longer wants is called off.
      if (request.failure()?.errorText !== 'net::ERR_ABORTED') troubles.push(`${request.url()} failed`);
    });
    page.on('request', (request) => {
      if (new URL(request.url()).hostname !== '127.0.0.1') troubles.push(`asked for ${request.url()}`);
    });
    return { context, page, troubles };
  }

  async end() {
    await this.browser?.close();
    for (const child of this.running) {
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const shoot = (page, name) =>
  (process.env.DRAGOMAN_SHOTS ? page.screenshot({ path: join(process.env.DRAGOMAN_SHOTS, `${name}.png`) }) : undefined);

// Injected by the tests alone; the page's own policy allows nothing of the kind.
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// Every rule of WCAG 2.2 A and AA that a machine can check.
export async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  assert.ok(found.passes.length > 10, 'the rules were really looked at');
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html).join(' | ')}`);
}
