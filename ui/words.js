// The texts of the page in the reader's language.

export const LANGUAGES = ['zh-CN', 'en', 'ru'];

// The first of the reader's languages that we have; English otherwise.
export function choose(wanted) {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-')[0];
    const found = LANGUAGES.find((ours) => ours.toLowerCase().split('-')[0] === base);
    if (found) return found;
  }
  return 'en';
}

export class Words {
  constructor(language, texts) {
    this.language = language;
    this.texts = texts;
    this.plurals = new Intl.PluralRules(language);
  }

  has(key) {
    return Object.hasOwn(this.texts, key);
  }

  // A text with its values; with `n` in its plural form.
  say(key, values = {}) {
    let text = this.texts[key] ?? key;
    if (typeof text === 'object') text = text[this.plurals.select(Number(values.n))] ?? text.other;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
  }

  // The text of a problem: by its code, else what the program said.
  problem(problem) {
    const key = `problem.${problem.code}`;
    return this.has(key) ? this.say(key, problem.params) : problem.message;
  }
}

export async function load(wanted) {
  const language = choose(wanted);
  const response = await fetch(`/locales/${language}.json`);
  return new Words(language, await response.json());
}
