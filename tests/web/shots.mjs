// The pictures of README, from the demo: `npm run shots --prefix tests/web` with DRAGOMAN_BIN naming the program.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Stage } from './stage.mjs';

const FOLDER = join(import.meta.dirname, '../../docs/pictures');
const PICTURES = [
  { name: 'inbox-zh-light', locale: 'zh-CN', colorScheme: 'light', at: '/inbox/urgent', keys: ['j'] },
  { name: 'review-zh-dark', locale: 'zh-CN', colorScheme: 'dark', at: '/inbox/reviews', keys: ['j'] },
  { name: 'claim-en-light', locale: 'en-GB', colorScheme: 'light', at: '/inbox/ozon', keys: ['j', 'j'] },
  { name: 'search-en-dark', locale: 'en-GB', colorScheme: 'dark', at: `/search/${encodeURIComponent('возврат')}`, keys: [] },
];

const stage = await Stage.make();
try {
  mkdirSync(FOLDER, { recursive: true });
  const line = await stage.start(['--home', stage.home, 'serve', '--demo', '--print-url'], (text) => text.includes('/sign-in?code='));
  const link = new URL(line.match(/http:\S+/)[0]);
  const first = await stage.open({ locale: 'en-GB' });
  await first.page.goto(link.href);
  const storageState = await first.context.storageState();
  // The demo's first minute brings its conversations, their products and pictures.
  await first.page.getByRole('option').nth(8).waitFor({ timeout: 60_000 });
  await first.page.waitForTimeout(20_000);
  for (const { name, locale, colorScheme, at, keys } of PICTURES) {
    const { context, page } = await stage.open({ locale, colorScheme, storageState });
    await page.goto(`${link.origin}/#${at}`);
    await page.waitForTimeout(1_500);
    for (const key of keys) {
      await page.keyboard.press(key);
      await page.waitForTimeout(800);
    }
    await page.screenshot({ path: join(FOLDER, `${name}.png`) });
    await context.close();
  }
} finally {
  await stage.end();
}
