/** Texts of people: how long they are for a platform, and what in them cannot be seen. */

/** Letters as the platforms count them: Unicode scalar values, spaces at the ends apart. */
export function lengthOf(text: string): number {
  return [...text.trim()].length;
}

export type Bounds = { min_length?: number | null; max_length?: number | null };
export type Measure = { length: number; state: 'short' | 'fits' | 'near' | 'over' };

/** How a text stands against what the platform takes. */
export function measure(text: string, { min_length, max_length }: Bounds): Measure {
  const length = lengthOf(text);
  if (max_length != null && length > max_length) return { length, state: 'over' };
  if (length < Math.max(1, min_length ?? 1)) return { length, state: 'short' };
  return { length, state: max_length != null && length > max_length * 0.9 ? 'near' : 'fits' };
}

/** Controls, direction marks, fillers and the like: what nobody sees and what may deceive. */
const INVISIBLE = /(?![\t\n\r])[\p{Cc}\p{Cf}\u115F\u1160\u2800\u3164\uFFA0]/gu;
/** Joiners make letters of many scripts and emoji, so they stay there; between these letters they do nothing but hide. */
const JOINER = /[\u200C\u200D]/u;
const JOINLESS = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Han}\d]/u;
/** What turns the direction of the text after it. */
const TURNING = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;

/** A part of a text; of what cannot be seen, `text` is its number. */
export type Piece = { text: string; kind: 'plain' | 'invisible' | 'turning' | 'link' };
const LINK = /\bhttps?:\/\/[^\s<>"'«»„“”]+[^\s<>"'«»„“”.,;:!?)\]}]/giu;

/** A line in pieces: what is read, and invisible characters by their number. */
export function marked(text: string): Piece[] {
  const found: Piece[] = [];
  plain(text, found);
  return found;
}

/** A text in pieces, links apart. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    plain(text.slice(from, match.index), found);
    found.push({ text: match[0], kind: 'link' });
    from = match.index + match[0].length;
  }
  plain(text.slice(from), found);
  return found;
}

function plain(text: string, into: Piece[]): void {
  let from = 0;
  for (const match of text.matchAll(INVISIBLE)) {
    if (JOINER.test(match[0]) && !JOINLESS.test(text.slice(0, match.index).slice(-1))) continue;
    if (match.index > from) into.push({ text: text.slice(from, match.index), kind: 'plain' });
    const point = match[0].codePointAt(0) ?? 0;
    into.push({
      text: `U+${point.toString(16).toUpperCase().padStart(4, '0')}`,
      kind: TURNING.test(match[0]) ? 'turning' : 'invisible',
    });
    from = match.index + match[0].length;
  }
  if (from < text.length) into.push({ text: text.slice(from), kind: 'plain' });
}

/** Bytes in the words of the person's language. */
export function bytes(size: number, language: string): string {
  const unit = size < 1_000_000 ? 'kilobyte' : 'megabyte';
  const value = size / (unit === 'kilobyte' ? 1000 : 1_000_000);
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(
    value,
  );
}
