// Words of strangers stay words: payloads in every place the page shows them, and nothing runs, nothing is fetched from elsewhere.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { shoot, Stage } from './stage.mjs';

const ELSEWHERE = 'http://198.51.100.7';
const RUN = 'globalThis.hit=1';
const tags = [
  `<script>${RUN}</script>`, `<script src=${ELSEWHERE}/x.js></script>`, `<img src=x onerror="${RUN}">`, `<img src=${ELSEWHERE}/p.png>`,
  `<svg onload=${RUN}>`, `<svg><script>${RUN}</script></svg>`, `<svg><use href="${ELSEWHERE}/s.svg#a"/></svg>`, `<iframe src=javascript:${RUN}>`,
  `<iframe srcdoc="<script>parent.${RUN}</script>">`, `<object data=${ELSEWHERE}/o>`, `<embed src=${ELSEWHERE}/e>`, `<link rel=stylesheet href=${ELSEWHERE}/c.css>`,
  `<style>@import '${ELSEWHERE}/i.css';</style>`, `<body onload=${RUN}>`, `<details open ontoggle=${RUN}>`, `<video src=x onerror=${RUN}>`,
  `<audio src=${ELSEWHERE}/a.mp3 autoplay>`, `<input autofocus onfocus=${RUN}>`, `<form action=${ELSEWHERE}><button autofocus>`, `<base href=${ELSEWHERE}/>`,
  `<meta http-equiv=refresh content="0;url=${ELSEWHERE}">`, `<a href=javascript:${RUN}>a</a>`, `<math><mtext><img src=x onerror=${RUN}>`, `<template><img src=x onerror=${RUN}></template>`,
  `<noscript><img src=x onerror=${RUN}></noscript>`, `javascript:${RUN}`, `data:text/html,<script>${RUN}</script>`, `{{constructor.constructor('${RUN}')()}}`,
  `\${${RUN}}`, `{"__proto__":{"hit":1}}`, `url(${ELSEWHERE}/u.png)`, `]]><script>${RUN}</script>`, `--><script>${RUN}</script>`, `\u0000<script>${RUN}</script>`,
];
const wraps = [
  (tag) => tag, (tag) => `"'>${tag}`, (tag) => `</textarea></title></style></script>${tag}`, (tag) => tag.toUpperCase().replace('GLOBALTHIS.HIT', 'globalThis.hit'),
  (tag) => `\u202E${tag}`, (tag) => tag.replaceAll('<', '&lt;').replaceAll('>', '&gt;'), (tag) => encodeURIComponent(tag), (tag) => `<<${tag}>>`,
  (tag) => tag.replaceAll('<', '\uFF1C'), (tag) => `\`${tag}\``, (tag) => tag.replaceAll(' ', '/'), (tag) => tag.replaceAll(' ', '\t\n'),
  (tag) => `[${tag}](javascript:${RUN})`, (tag) => `![](${ELSEWHERE}/m.png)${tag}`, (tag) => `findme ${tag}`,
];
const all = wraps.flatMap((wrap) => tags.map(wrap));
const count = process.env.DRAGOMAN_LONG ? all.length : 100;
// Every tag, then as many of the others as there is room for, evenly.
const payloads = Array.from({ length: count }, (_, at) => all[at < tags.length ? at : Math.floor((at * all.length) / count)]);
let stage;
let link;

before(async () => {
  stage = await Stage.make();
  const file = join(stage.folder, 'hostile.jsonl');
  const lines = payloads.flatMap((payload, at) => [
    { t: 'c', id: at + 1, account: 1, marketplace: at % 2 ? 'ozon' : 'wildberries', kind: 'question', buyer: payload, product: payload, sku: '77', order_no: payload.slice(0, 60), status: payload.slice(0, 60), created_at: 1_790_000_000_000, needs_reply: 1 },
    { t: 'm', id: at + 1, dir: 'in', sent_at: 1_790_000_000_000 + at, text: `findme ${payload}` },
  ]);
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  stage.run('import', '--format', 'jsonl', file);
  link = await stage.serve();
});

after(() => stage.end());

test(`${count} payloads in names, products, texts, order numbers and search hits run nothing and fetch nothing`, async () => {
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
  assert.equal(await page.evaluate(() => globalThis.hit), undefined);
  assert.deepEqual(await page.evaluate(() => Object.keys(Object.prototype)), []);
  assert.equal(await page.evaluate(() => document.querySelectorAll('iframe, object, embed, base, form[action], meta[http-equiv]').length), 0);
  assert.deepEqual(dialogs, []);
  assert.deepEqual(troubles, []);
  await context.close();
});
