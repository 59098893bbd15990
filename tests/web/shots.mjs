// The pictures of README, from the demo: `npm run shots --prefix tests/web` with DRAGOMAN_BIN naming the program. With `-- --all FOLDER` every
// screen in every language, light and dark by turns, in both sizes that count, to be looked at.

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

const SCREENS = [
  { name: 'inbox', at: '/inbox/urgent', keys: ['j', 'j', 'j'] }, { name: 'bulk', at: '/inbox/all', keys: ['j', 'x', 'Shift+J'] },
  { name: 'snooze', at: '/inbox/urgent', keys: ['j', 'b'] }, { name: 'tags', at: '/inbox/urgent', keys: ['j', 'l'] },
  { name: 'note', at: '/inbox/urgent', keys: ['j', 'i'] }, { name: 'menu', at: '/inbox/urgent', keys: ['Control+k'] },
  { name: 'empty', at: '/inbox/starred', keys: [] }, { name: 'outbox', at: '/outbox', keys: [] }, { name: 'shops', at: '/shops', keys: [] },
  { name: 'search', at: `/search/${encodeURIComponent('возврат')}`, keys: [] }, { name: 'settings', at: '/settings', keys: [] },
];
const LOOKS = [['zh-CN', 'light'], ['zh-TW', 'dark'], ['en-GB', 'light'], ['ru-RU', 'dark']];
const SIZES = [{ width: 1440, height: 900 }, { width: 1024, height: 640 }];
const all = process.argv.indexOf('--all');
const folder = all < 0 ? FOLDER : process.argv[all + 1];
const pictures = all < 0 ? PICTURES : LOOKS.flatMap(([locale, colorScheme]) => SIZES.flatMap((viewport) =>
  SCREENS.map((screen) => ({ ...screen, name: `${screen.name}-${locale}-${viewport.width}`, locale, colorScheme, viewport }))));

const stage = await Stage.make();
try {
  mkdirSync(folder, { recursive: true });
  const line = await stage.start(['--home', stage.home, 'serve', '--demo', '--print-url'], (text) => text.includes('/sign-in?code='));
  const link = new URL(line.match(/http:\S+/)[0]);
  const first = await stage.open({ locale: 'en-GB' });
  await first.page.goto(link.href);
  const storageState = await first.context.storageState();
  // The demo's first minute brings its conversations, their products and pictures.
  await first.page.getByRole('option').nth(8).waitFor({ timeout: 60_000 });
  await first.page.locator('[role=option] img[src*="/products/"]').first().waitFor({ timeout: 180_000 });
  for (const { name, at, keys, ...look } of pictures) {
    const { context, page } = await stage.open({ ...look, storageState });
    await page.goto(`${link.origin}/#${at}`);
    await page.getByRole('main').waitFor();
    await page.waitForTimeout(1_500);
    if (keys.length > 0) await page.getByRole('option').first().waitFor();
    for (const key of keys) {
      await page.keyboard.press(key);
      await page.waitForTimeout(800);
    }
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await context.close();
  }
} finally {
  await stage.end();
}
