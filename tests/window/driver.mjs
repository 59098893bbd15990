// The few commands of W3C WebDriver that the tests of the window need, spoken to the web view's own driver.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

// How long anything may take to come true, in milliseconds; a fault costs this long, a success never does.
const PATIENCE = 60_000;
const LOOK = 50;
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
// As WebDriver writes keys that are no letters.
const KEYS = { Enter: '\uE007', Escape: '\uE00C', Control: '\uE009' };

export async function until(what, look, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`this never came true: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, LOOK); });
  }
}

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

export class Driver {
  static async start(environment) {
    const driver = new Driver();
    const port = await freePort();
    driver.base = `http://127.0.0.1:${port}`;
    // The variable lets the window be driven; without it the window listens to nobody.
    const env = { ...environment, TAURI_WEBVIEW_AUTOMATION: 'true', WEBKIT_DISABLE_DMABUF_RENDERER: '1' };
    driver.child = spawn('WebKitWebDriver', [`--port=${port}`], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    await until('the driver listens', () => fetch(`${driver.base}/status`).then((answer) => answer.ok, () => false));
    return driver;
  }

  async ask(method, path, body) {
    const answer = await fetch(`${this.base}${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  // Starts the program and resolves with its window.
  async open(binary, args) {
    const options = { binary, args };
    const alwaysMatch = { 'webkitgtk:browserOptions': options, timeouts: { script: 120_000 } };
    const { sessionId } = await this.ask('POST', '/session', { capabilities: { alwaysMatch } });
    return new Window(this, `/session/${sessionId}`);
  }

  end() {
    this.child.kill('SIGKILL');
  }
}

export class Window {
  constructor(driver, path) {
    this.ask = (method, command, body) => driver.ask(method, path + command, body);
  }

  // The value of a function run in the page; arguments and value travel as JSON.
  run(f, ...args) {
    return this.ask('POST', '/execute/sync', { script: `return (${f})(...arguments)`, args });
  }

  // The same for a function that returns a promise.
  async await(f, ...args) {
    const script = `const done = arguments[arguments.length - 1];
      (${f})(...Array.prototype.slice.call(arguments, 0, -1)).then((value) => done({ value }), (error) => done({ error: String(error) }))`;
    const { value, error } = await this.ask('POST', '/execute/async', { script, args });
    assert.equal(error, undefined);
    return value;
  }

  until(what, f, ...args) {
    return until(what, () => this.run(f, ...args));
  }

  // Waits for elements of a role whose name matches, and resolves with how many there are.
  see(role, name = '') {
    return this.until(`${role} ${name}`, count, role, String(name));
  }

  async click(role, name = '') {
    await this.see(role, name);
    const element = await this.run(element_, role, String(name));
    await this.ask('POST', `/element/${element[ELEMENT]}/click`, {});
  }

  // Presses keys together: letters as themselves, others by name.
  async press(...keys) {
    const values = keys.map((key) => KEYS[key] ?? key);
    const actions = [...values.map((value) => ({ type: 'keyDown', value })), ...values.toReversed().map((value) => ({ type: 'keyUp', value }))];
    await this.ask('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }

  // Types into what has the focus.
  async type(text) {
    const element = await this.ask('GET', '/element/active');
    await this.ask('POST', `/element/${element[ELEMENT]}/value`, { text });
  }

  // The window as a PNG, once what was asked for is painted too.
  async picture() {
    await this.await(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(() => done())); }));
    return Buffer.from(await this.ask('GET', '/screenshot'), 'base64');
  }

  close() {
    return this.ask('DELETE', '');
  }
}

// Run in the page: elements by role and accessible name, as far as our page gives them.
const find = `(role, name) => {
  const own = { button: 'button', textbox: 'textarea, input:not([type])', option: '[role=option]' }[role] ?? '[role=' + role + ']';
  const wanted = name.startsWith('/') ? new RegExp(name.slice(1, name.lastIndexOf('/'))) : null;
  const named = (element) => element.getAttribute('aria-label') ?? (element.labels?.[0]?.textContent || element.textContent);
  return [...document.querySelectorAll(own)].filter((element) => (wanted ? wanted.test(named(element)) : named(element).includes(name)));
}`;
const count = `(role, name) => (${find})(role, name).length`;
const element_ = `(role, name) => (${find})(role, name)[0]`;
