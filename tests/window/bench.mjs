// `cargo xtask bench --ui`: the window over a filled inbox beside a bare one of the same toolkit, in the same run. Every figure is printed
// with its twin's and with its goal; the run fails if a goal is missed.
//
//   node bench.mjs HOME [--starts N] [--presses N] [--opened N]
//
// DRAGOMAN_WINDOW names the program, DRAGOMAN_BARE its twin, DRAGOMAN_PAGE the folder with the built page.

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Driver, until } from './driver.mjs';

const { values, positionals: [home] } = parseArgs({
  allowPositionals: true,
  options: { starts: { type: 'string', default: '21' }, presses: { type: 'string', default: '200' }, opened: { type: 'string', default: '10000' } },
});
const [starts, presses, opened] = [values.starts, values.presses, values.opened].map(Number);
const { DRAGOMAN_WINDOW: PROGRAM, DRAGOMAN_BARE: BARE, DRAGOMAN_PAGE: PAGE } = process.env;
assert.ok(home && PROGRAM && BARE && PAGE, 'HOME, DRAGOMAN_WINDOW, DRAGOMAN_BARE and DRAGOMAN_PAGE have to be named');

const folder = mkdtempSync(join(tmpdir(), 'dragoman-bench-'));
const [begun, wrapper] = [join(folder, 'begun'), join(folder, 'begin')];
// Notes when it begins and as which process, then becomes the program.
writeFileSync(wrapper, `#!/bin/sh\necho "$$ $(date +%s%3N)" > '${begun}'\nexec "$@"\n`);
chmodSync(wrapper, 0o755);

const missed = [];
const sorted = (times) => times.toSorted((a, b) => a - b);
const at = (times, share) => sorted(times)[Math.min(times.length - 1, Math.floor(times.length * share))];
const median = (times) => at(times, 0.5);
const ms = (value) => `${value.toFixed(1)} ms`;
function line(name, figure, goal, met) {
  if (!met) missed.push(name);
  process.stdout.write(`${met ? ' ' : '!'} ${name}: ${figure}; goal: ${goal}\n`);
}

// A home that was filled for this has no keys, and says so again and again.
const driver = await Driver.start({ ...process.env, DRAGOMAN_LOG: 'off' });
const args = { [PROGRAM]: ['--home', home], [BARE]: [] };

// Starts a program and resolves with its window, its process and the wall clock's milliseconds of what came in which order.
async function start(program) {
  const window = await driver.open(wrapper, [program, ...args[program]]);
  const page = await until('the first thing is on the screen', () => window.run(() => {
    const [shown] = performance.getEntriesByName('inbox');
    const [own] = performance.getEntriesByType('navigation');
    if (shown === undefined) return null;
    const { timeOrigin } = performance;
    return { page: timeOrigin, loaded: timeOrigin + (own?.domContentLoadedEventEnd ?? 0), shown: timeOrigin + shown.startTime };
  }));
  const [pid, started] = readFileSync(begun, 'utf8').trim().split(' ').map(Number);
  return { window, pid, parts: [page.page - started, page.loaded - page.page, page.shown - page.loaded], whole: page.shown - started };
}

async function within(program, steps) {
  const started = await start(program);
  try {
    return await steps(started.window, started.pid);
  } finally {
    await started.window.close();
  }
}

async function begin() {
  const all = { [BARE]: [], [PROGRAM]: [] };
  // The first of each finds cold files, and the first of ours closes what filling left open.
  for (let round = 0; round <= starts; round += 1) {
    for (const program of [BARE, PROGRAM]) {
      const { window, parts, whole } = await start(program);
      await window.close();
      if (round > 0) all[program].push({ parts, whole });
    }
  }
  const whole = (program) => median(all[program].map((one) => one.whole));
  const part = (place) => [PROGRAM, BARE].map((program) => median(all[program].map((one) => one.parts[place]))).map(ms).join(' against ');
  const ratio = whole(PROGRAM) / whole(BARE);
  line(`start to usable inbox, median of ${starts}`,
    `${ratio.toFixed(2)} times (${ms(whole(PROGRAM))} against ${ms(whole(BARE))}, ${ms(whole(PROGRAM) - whole(BARE))} added; until the page begins ${part(0)}, until it is loaded ${part(1)}, until the inbox is shown ${part(2)})`,
    'at most 1.5 times', ratio <= 1.5);
}

// Run in the page: notes how long each press takes until what it asked for is on the screen. `kind` says what that is.
function measure(kind) {
  const text = (selector) => document.querySelector(selector)?.textContent ?? '';
  const changed = (look) => {
    const before = look();
    return () => look() !== before;
  };
  const conversation = () => document.querySelectorAll('[role=log] article').length > 0;
  const wanted = {
    bare: () => changed(() => text('#words')),
    next: () => {
      const [place, words] = [changed(() => location.hash), changed(() => text('[role=log]'))];
      return () => place() && conversation() && words();
    },
    tab: () => {
      const tab = changed(() => text('[role=tab][aria-selected=true]'));
      return () => tab() && (document.querySelector('[role=listbox] [role=option]') !== null || text('main').includes('.'));
    },
    search: () => {
      const hits = changed(() => text('main ul'));
      return () => hits() && document.querySelector('main ul li') !== null;
    },
  }[kind];
  globalThis.pressed = [];
  globalThis.unmeasure?.();
  const listener = () => {
    const [from, there] = [performance.now(), wanted()];
    const look = () => {
      if (!there()) {
        requestAnimationFrame(look);
        return;
      }
      // A message is heard after the frame that shows it.
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { globalThis.pressed.push(performance.now() - from); };
      channel.port2.postMessage(0);
    };
    requestAnimationFrame(look);
  };
  addEventListener('keydown', listener, true);
  globalThis.unmeasure = () => removeEventListener('keydown', listener, true);
}

async function pressing(window, kind, count, press) {
  await window.run(measure, kind);
  for (let done = 1; done <= count; done += 1) {
    await press(done);
    await window.until(`${kind} ${done}`, (wanted) => globalThis.pressed.length >= wanted, done);
  }
  const times = await window.run(() => globalThis.pressed);
  await window.run(() => globalThis.unmeasure());
  return times;
}

async function keys() {
  const bare = await within(BARE, (window) => pressing(window, 'bare', presses, () => window.press('j')));
  const p95 = at(bare, 0.95);
  const told = (name, times) => line(`key to ${name}, p95 of ${times.length}`,
    `${ms(at(times, 0.95))} (median ${ms(median(times))}) against ${ms(p95)} (median ${ms(median(bare))})`,
    `at most 50 ms more than the bare window`, at(times, 0.95) <= p95 + 50);
  await within(PROGRAM, async (window) => {
    await window.run(() => { location.hash = '#/inbox/all'; });
    await window.see('option');
    told('next conversation', await pressing(window, 'next', presses, () => window.press('j')));
    told('next tab', await pressing(window, 'tab', Math.ceil(presses / 4), () => window.press('`')));
    await window.run(() => { location.hash = '#/search'; });
    await window.until('the field of the search has the focus', () => document.activeElement?.matches('main input[type=search]'));
    // Words that grow by a letter, as they are typed.
    const letters = [...'доставка', ...'размер', ...'вернуть'];
    let typed = '';
    const times = await pressing(window, 'search', Math.min(presses, letters.length), async (turn) => {
      typed += letters[turn - 1];
      await window.press(letters[turn - 1]);
    });
    told('first search hits', times);
  });
}

// Run in the page: scrolls an element to its end, one step each frame, and resolves with the time of each frame.
const scroll = (selector, step, most) => new Promise((done) => {
  const [times, end] = [[], performance.now() + most];
  let [last, rest] = [performance.now(), 0];
  const frame = () => {
    const now = performance.now();
    times.push(now - last);
    last = now;
    const pane = document.querySelector(selector);
    const before = pane.scrollTop;
    pane.scrollTop += step;
    rest = pane.scrollTop === before ? rest + 1 : 0;
    if (rest > 120 || now > end) done({ times: times.slice(1, times.length - rest), height: pane.scrollHeight, at: pane.scrollTop + pane.clientHeight });
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
});

async function scrolling() {
  const step = 3_000;
  const own = await within(PROGRAM, async (window) => {
    await window.run(() => { location.hash = '#/inbox/all'; });
    await window.see('option');
    const found = await window.await(scroll, '[role=listbox]', step, 110_000);
    const last = await window.run(() => document.querySelector('[role=listbox] [role=option]:last-child')?.getAttribute('aria-posinset'));
    return { ...found, last };
  });
  const bare = await within(BARE, async (window) => {
    await window.run((count) => globalThis.show(count), 200_000);
    return window.await(scroll, '#list', step, 110_000);
  });
  for (const share of [0.5, 0.95, 0.99]) {
    const ratio = at(own.times, share) / at(bare.times, share);
    line(`frame while scrolling, p${share * 100}`,
      `${ratio.toFixed(2)} times (${ms(at(own.times, share))} of ${own.times.length} against ${ms(at(bare.times, share))} of ${bare.times.length}; down to row ${own.last}, ${own.at} of ${own.height} px)`,
      'at most 1.5 times', ratio <= 1.5);
  }
}

// Memory that only this process has, in MB.
const memory = (pid) => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').split('\n').filter((entry) => entry.startsWith('Private_'))
  .reduce((sum, entry) => sum + Number(entry.match(/\d+/)[0]), 0) / 1_024;

async function holding() {
  const bare = await within(BARE, (_window, pid) => memory(pid));
  await within(PROGRAM, async (window, pid) => {
    await window.run(() => { location.hash = '#/inbox/all'; });
    await window.see('option');
    const first = memory(pid);
    line('private memory of the program', `${first.toFixed(0)} MB against ${bare.toFixed(0)} MB`, 'at most 60 MB more', first <= bare + 60);
    const early = Math.min(opened / 10, 1_000);
    let after;
    for (let done = 1; done <= opened; done += 1) {
      const place = await window.run(() => location.hash);
      await window.press('j');
      await until('the next is open', () => window.run((before) => location.hash !== before, place));
      if (done === early) after = memory(pid);
    }
    const grown = 100 * (memory(pid) / after - 1);
    line(`growth from ${early} to ${opened} opened conversations`, `${grown.toFixed(1)} % (${after.toFixed(0)} to ${memory(pid).toFixed(0)} MB)`, 'at most 5 %', grown <= 5);
  });
}

// What the page needs to begin: all it names by itself, and the largest of the languages.
function weighing() {
  const index = readFileSync(join(PAGE, 'index.html'), 'utf8');
  const named = [...index.matchAll(/(?:src|href)="\/?(assets\/[^"]+)"/g)].map(([, file]) => file);
  assert.ok(named.length > 0, 'the page names what it is made of');
  const weigh = (file) => gzipSync(readFileSync(join(PAGE, file))).length / 1_000;
  const languages = readdirSync(join(PAGE, 'assets')).map((file) => `assets/${file}`).filter((file) => !named.includes(file));
  const weight = ['index.html', ...named].map(weigh).reduce((sum, one) => sum + one, Math.max(0, ...languages.map(weigh)));
  line('page at start, gzip', `${weight.toFixed(0)} kB`, 'at most 250 kB', weight <= 250);
}

try {
  weighing();
  await begin();
  await keys();
  await scrolling();
  await holding();
} finally {
  driver.end();
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(missed.length === 0 ? 'every goal met\n' : `missed: ${missed.join('; ')}\n`);
process.exitCode = missed.length === 0 ? 0 : 1;
