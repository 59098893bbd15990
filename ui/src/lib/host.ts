/** Where a link really leads, and whether that host passes for another one. */

import punycode from 'punycode/punycode.js';

export type Host = {
  /** As machines write it: this decides. */
  name: string;
  /** As people see it, if that differs. */
  written: string | null;
  /** Letters of several alphabets in one word. */
  mixed: boolean;
  /** The platform it can be taken for, without being its. */
  resembles: string | null;
};

/** Whose hosts are worth imitating, and which of them are real. */
const PLATFORMS = [
  { name: 'Wildberries', word: 'wildberries', real: /(^|\.)(wildberries\.[a-z]{2,3}|wb\.ru|wbbasket\.ru)$/ },
  { name: 'Ozon', word: 'ozon', real: /(^|\.)(ozon\.[a-z]{2,3}|ozonusercontent\.com)$/ },
  { name: 'AliExpress', word: 'aliexpress', real: /(^|\.)(aliexpress\.(com|ru|us)|alicdn\.com)$/ },
];

/** The host of a link; null if it leads nowhere. */
export function hostOf(link: string): Host | null {
  const name = parsed(link);
  if (name === null) return null;
  const written = punycode.toUnicode(name);
  const words = written.split(/[.:-]/);
  return {
    name,
    written: written === name ? null : written,
    mixed: words.some((word) => ALPHABETS.filter((alphabet) => alphabet.test(word)).length > 1),
    resembles:
      PLATFORMS.find(({ word, real }) => !real.test(name) && words.some((part) => looksLike(part, word)))?.name ?? null,
  };
}

function parsed(link: string): string | null {
  try {
    return new URL(link).hostname || null;
  } catch {
    return null;
  }
}

const ALPHABETS = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];

/** One letter wrong in a long word is not seen; a short one has to be the same at a glance. */
function looksLike(part: string, word: string): boolean {
  const [one, other] = [atAGlance(part), atAGlance(word)];
  return one === other || (word.length > 6 && oneApart(one, other));
}

/** Letters of other alphabets, digits and strokes that look like Latin letters. */
const FOREIGN = [...'авеёзіїјкмнорстухѕԁԛԝһѡαβεικνορτυχ015iı|ø'];
const LATIN = [...'abee3lljkmhopctyxsdqwhwabelkvoptuxolslllo'];
const TWINS = new Map(FOREIGN.map((letter, at) => [letter, LATIN[at] as string]));

/** How a word looks to whoever reads fast. */
const atAGlance = (word: string): string =>
  [...word.toLowerCase().normalize('NFKD').replaceAll(/\p{M}/gu, '')]
    .map((letter) => TWINS.get(letter) ?? letter)
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');

/** Whether one letter more, less or other makes the words the same. */
function oneApart(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let begin = 0;
  while (begin < one.length && one[begin] === other[begin]) begin += 1;
  const rest = (word: string, skip: number) => word.slice(begin + skip);
  return rest(one, 1) === rest(other, 1) || rest(one, 1) === rest(other, 0) || rest(one, 0) === rest(other, 1);
}
