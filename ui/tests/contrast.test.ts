/** Every text role can be read on every surface it may stand on, in each theme: WCAG 2.2, 1.4.3 and 1.4.11. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const css = readFileSync(join(import.meta.dirname, '../src/theme/tokens.css'), 'utf8');
type Theme = Record<string, string>;

/** Roles a block of the file assigns. */
function roles(selector: string): Theme {
  const begin = css.indexOf(`${selector} {`);
  const block = css.slice(begin, css.indexOf('\n}', begin));
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{3,8});/gi)].map(([, name, colour]) => [
      name as string,
      colour as string,
    ]),
  );
}

const light = roles(':root');
const themes: [string, Theme][] = [
  ['light', light],
  ['dark', { ...light, ...roles("[data-theme='dark']") }],
];

type Colour = [red: number, green: number, blue: number, alpha: number];

function read(hex: string): Colour {
  const digits = hex.slice(1);
  const pairs = digits.length <= 4 ? [...digits].map((digit) => digit + digit) : (digits.match(/../g) ?? []);
  const [red = 0, green = 0, blue = 0, alpha = 255] = pairs.map((pair) => Number.parseInt(pair, 16));
  return [red, green, blue, alpha / 255];
}

/** A colour as it is seen upon another one. */
function upon([red, green, blue, alpha]: Colour, ground: Colour): Colour {
  const mix = (one: number, other: number) => one * alpha + other * (1 - alpha);
  return [mix(red, ground[0]), mix(green, ground[1]), mix(blue, ground[2]), 1];
}

function luminance([red, green, blue]: Colour): number {
  const [r, g, b] = [red, green, blue].map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: Colour, other: Colour): number {
  const [high, low] = [luminance(one), luminance(other)].toSorted((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const SURFACES = [
  'surface-frame',
  'surface-list',
  'surface-page',
  'surface-raised',
  'surface-sunken',
  'surface-selected',
];
/** Where rows and quiet buttons stand, which a pointer veils; the open row keeps its ground. */
const VEILED = ['surface-list', 'surface-page', 'surface-raised', 'surface-sunken'];
const TEXTS = ['text-1', 'text-2', 'text-3', 'accent-text', 'overdue-text', 'soon-text', 'ok-text'];
/** Texts on grounds of their own. */
const PAIRS = [
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['text-1', 'accent-tint'],
  ['accent-text', 'accent-tint'],
  ['on-overdue', 'overdue'],
  ['overdue-text', 'overdue-tint'],
  ['text-1', 'overdue-tint'],
  ['soon-text', 'soon-tint'],
  ['ok-text', 'ok-tint'],
  ['text-1', 'note-tint'],
  ['text-2', 'note-tint'],
  ...['wb', 'oz', 'ae', 'wi', 'ml'].map((mark) => ['on-mark', `mark-${mark}`]),
] as [string, string][];
/** Shapes that say something: pies, dots, rings. */
const LABELS = ['grey', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink'];
const SHAPES = ['accent', 'overdue', 'soon', 'calm', 'ok', ...LABELS.map((colour) => `label-${colour}`)];

test.each(themes)('in %s every text is at least 4.5 : 1, also under the pointer', (_, theme) => {
  const of = (name: string) => read(theme[name] ?? '');
  const all = [...SURFACES.flatMap((surface) => TEXTS.map((text) => [text, surface] as const)), ...PAIRS];
  const faint = all.flatMap(([text, ground]) => {
    const grounds = [of(ground), ...(VEILED.includes(ground) ? [upon(of('surface-hover'), of(ground))] : [])];
    const least = Math.min(...grounds.map((under) => contrast(of(text), under)));
    return least < 4.5 ? [`${text} on ${ground}: ${least.toFixed(2)}`] : [];
  });
  expect(all.every(([text, ground]) => text in theme && ground in theme)).toBe(true);
  expect(faint).toEqual([]);
});

test.each(themes)('in %s every shape that says something is at least 3 : 1', (_, theme) => {
  const of = (name: string) => read(theme[name] ?? '');
  const faint = SURFACES.flatMap((surface) =>
    SHAPES.map((shape) => [shape, surface, contrast(of(shape), of(surface))] as const),
  ).filter(([, , measured]) => measured < 3);
  expect(faint).toEqual([]);
});
