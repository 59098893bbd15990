/** Words on the screen: one catalogue per language, loaded when it is chosen. Every id and its values are checked by the types. */

import { i18n, type Messages } from '@lingui/core';
import { useLingui } from '@lingui/react';

export const LANGUAGES = ['zh-CN', 'zh-TW', 'en', 'ru'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language in itself: who cannot read the page finds theirs. */
export const LANGUAGE_NAMES: Record<Language, string> = {
  'zh-CN': '简体中文',
  'zh-TW': '繁體中文',
  en: 'English',
  ru: 'Русский',
};

/** Whose dates and numbers go with a language. */
const FORMS: Record<Language, string> = { 'zh-CN': 'zh-CN', 'zh-TW': 'zh-TW', en: 'en-GB', ru: 'ru' };

/** Ids of the English catalogue, which every other one has to cover. */
export type WordId = keyof typeof import('../../locales/en.json');
export type Values = Record<string, string | number>;
export type Say = (id: WordId, values?: Values) => string;

const catalogues: Record<Language, () => Promise<{ default: unknown }>> = {
  'zh-CN': () => import('../../locales/zh-CN.json'),
  'zh-TW': () => import('../../locales/zh-TW.json'),
  en: () => import('../../locales/en.json'),
  ru: () => import('../../locales/ru.json'),
};

/** The first language of the person's list that we speak; English if none. */
export function choose(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const low = tag.toLowerCase();
    if (/^zh\b.*(tw|hk|mo|hant)/.test(low)) return 'zh-TW';
    if (low.startsWith('zh')) return 'zh-CN';
    const plain = low.split('-')[0];
    if (plain === 'en' || plain === 'ru') return plain;
  }
  return 'en';
}

/** Makes a language the one that is spoken. */
export async function speak(language: Language): Promise<void> {
  const { default: messages } = await catalogues[language]();
  i18n.loadAndActivate({ locale: language, messages: messages as Messages });
  document.documentElement.lang = language;
}

/** The words, for components; they are drawn again when the language changes. `language` is for dates and numbers. */
export function useWords(): { say: Say; spoken: Language; language: string } {
  const { i18n: words } = useLingui();
  const spoken = words.locale as Language;
  return { say: (id, values) => words._(id, values), spoken, language: FORMS[spoken] };
}

/** Whether a code has words of its own: codes come from the program and may be newer than the page. */
export function known(id: string): id is WordId {
  return id in i18n.messages;
}
