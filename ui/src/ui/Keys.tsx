import s from './Keys.module.css';

const MAC = /mac|iphone|ipad/i.test(navigator.platform);
const SIGNS: Record<string, string> = MAC
  ? { Mod: '⌘', Shift: '⇧', Alt: '⌥', Enter: '↵', Escape: 'esc' }
  : { Mod: 'Ctrl', Shift: '⇧', Alt: 'Alt', Enter: '↵', Escape: 'Esc' };

/** How keys are written on their cap: `Mod+Enter`, `g i`; a capital letter wants Shift. */
export function written(keys: string): string {
  return keys
    .split(' ')
    .map((press) => (/^[A-Z]$/.test(press) ? `Shift+${press}` : press))
    .flatMap((press) => press.split('+'))
    .map((part) => SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(' ');
}

/** A key cap. The control it stands on tells assistive tools by `aria-keyshortcuts` or its words. */
export function Keys({ of }: { of: string }) {
  return (
    <kbd className={s.keys} lang="en" aria-hidden="true">
      {written(of)}
    </kbd>
  );
}
