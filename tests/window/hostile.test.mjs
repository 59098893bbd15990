// Words of strangers stay words in the real window, too, which draws with another engine than the browser of the other tests.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lives, NOTHING, payloads, questions } from '../web/payloads.mjs';
import { Stage } from '../web/stage.mjs';
import { Driver } from './driver.mjs';

let stage;
let driver;

before(async () => {
  stage = new Stage();
  const file = join(stage.folder, 'hostile.jsonl');
  writeFileSync(file, questions);
  stage.run('import', '--format', 'jsonl', file);
  driver = await Driver.start(stage.environment);
});

after(async () => {
  driver?.end();
  await stage?.end();
});

test(`${payloads.length} payloads in names, products, texts, order numbers and search hits run nothing and fetch nothing`, async () => {
  const window = await driver.open(process.env.DRAGOMAN_WINDOW, ['--home', stage.home]);
  try {
    await window.run(() => {
      globalThis.violations = [];
      document.addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(event.blockedURI));
      location.hash = '#/inbox/all';
    });
    await window.see('option');
    const seen = new Set();
    for (let at = 0; at < payloads.length; at += 1) {
      const before = await window.run(() => location.hash);
      await window.press('j');
      await window.until('the next is open', (known) => location.hash !== known, before);
      await window.until('its words are there', () => document.querySelector('[role=log]')?.textContent.includes('findme'));
      seen.add(await window.run(() => location.hash));
    }
    assert.equal(seen.size, payloads.length, 'each was opened');
    await window.run(() => { location.hash = '#/search/findme'; });
    await window.until('hits are there', () => document.querySelectorAll('main mark').length > 0);
    const more = () => {
      const button = [...document.querySelectorAll('main button')].find((one) => one.textContent.includes('Show more'));
      button?.click();
      return button === undefined && document.querySelectorAll('main ul > li').length;
    };
    const shown = await window.until('all hits are shown', more);
    assert.ok(shown >= payloads.length, `${shown} conversations found`);
    assert.deepEqual(await window.run(lives), NOTHING);
    assert.deepEqual(await window.run(() => globalThis.violations), []);
    const asked = await window.run(() => performance.getEntriesByType('resource').map((entry) => entry.name));
    assert.deepEqual(asked.filter((address) => !address.startsWith('dragoman-app://localhost/')), []);
  } finally {
    await window.close();
  }
});
