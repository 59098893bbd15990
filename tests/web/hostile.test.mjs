// Words of strangers stay words: payloads in every place the page shows them, and nothing runs, nothing is fetched from elsewhere.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lives, NOTHING, payloads, questions } from './payloads.mjs';
import { shoot, Stage } from './stage.mjs';

let stage;
let link;

before(async () => {
  stage = await Stage.make();
  const file = join(stage.folder, 'hostile.jsonl');
  writeFileSync(file, questions);
  stage.run('import', '--format', 'jsonl', file);
  link = await stage.serve();
});

after(() => stage.end());

test(`${payloads.length} payloads in names, products, texts, order numbers and search hits run nothing and fetch nothing`, async () => {
  const { context, page, troubles } = await stage.open({ locale: 'en-GB' });
  const dialogs = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await page.goto(link);
  await page.goto(`${new URL(link).origin}/#/inbox/all`);
  const list = page.getByRole('listbox', { name: 'Conversations' });
  await list.getByRole('option').first().waitFor();
  const seen = new Set();
  for (let at = 0; at < payloads.length; at += 1) {
    await page.keyboard.press('j');
    const opened = await page.waitForFunction((known) => location.hash !== known && location.hash, seen.size === 0 ? '' : [...seen].at(-1));
    seen.add(await opened.jsonValue());
    await page.getByRole('log').getByText('findme').first().waitFor();
  }
  assert.equal(seen.size, payloads.length, 'each was opened');
  await shoot(page, 'hostile');
  await page.goto(`${new URL(link).origin}/#/search/findme`);
  await page.getByText('findme').first().waitFor();
  const more = page.getByRole('button', { name: 'Show more' });
  while (await more.count() > 0) {
    await more.click();
    await page.waitForTimeout(200);
  }
  assert.deepEqual(await page.evaluate(lives), NOTHING);
  assert.deepEqual(dialogs, []);
  assert.deepEqual(troubles, []);
  await context.close();
});
