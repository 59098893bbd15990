/** Whether what was typed names an entry: each of its words begins one of the entry's, or stands in it where words are not spaced. */
export function match(typed: string, label: string): boolean {
  const low = fold(label);
  const words = low.split(/\s+/);
  return fold(typed)
    .split(/\s+/)
    .filter((part) => part !== '')
    .every(
      (part) => words.some((word) => word.startsWith(part)) || (/\p{Script=Han}/u.test(part) && low.includes(part)),
    );
}

const fold = (text: string): string => text.normalize('NFKC').toLowerCase().replaceAll('ё', 'е').trim();
