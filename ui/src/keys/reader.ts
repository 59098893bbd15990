/** Key presses to commands. Pure but for the first half of a sequence (`g i`), which it remembers for a moment. */

import { COMMAND_IDS, COMMANDS, type CommandId } from './table';

/** What of a press decides. */
export type Press = {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  isComposing: boolean;
  keyCode: number;
};
/** Where the hand is: in a text field, or on a control that has its own use for Enter. */
export type Place = { inField: boolean; onControl: boolean };

/** How long a sequence may take. */
const PATIENCE = 1_200;

export class KeyReader {
  #begun: { key: string; until: number } | null = null;

  /** What a press asks for; null if it belongs to whoever has the focus. */
  read(press: Press, place: Place, now: number): CommandId | null {
    const begun = this.#begun !== null && now < this.#begun.until ? this.#begun.key : null;
    this.#begun = null;
    // While an input method composes, every key is its own. WebKit reports the confirming Enter with code 229 only.
    if (press.isComposing || press.keyCode === 229) return null;
    const written = name(press);
    if (written === null) return null;
    if (written === 'Enter' && place.onControl) return null;
    const wanted = begun === null ? written : `${begun} ${written}`;
    const found = COMMAND_IDS.find((id) => {
      const { keys, scope } = COMMANDS[id];
      return keys.includes(wanted) && (scope === 'both' || (scope === 'writing') === place.inField);
    });
    if (found === undefined && begun === null && !place.inField && begins(written)) {
      this.#begun = { key: written, until: now + PATIENCE };
    }
    return found ?? null;
  }
}

const begins = (key: string): boolean =>
  COMMAND_IDS.some((id) => COMMANDS[id].keys.some((keys) => keys.startsWith(`${key} `)));

/** A press as the table writes it; null for a bare modifier. */
function name(press: Press): string | null {
  if (['Shift', 'Control', 'Alt', 'Meta', 'Dead', 'Process'].includes(press.key)) return null;
  const mod = press.ctrlKey || press.metaKey;
  const key = letter(press);
  if (press.altKey && !mod) return null;
  if (!mod) return key;
  return ['Mod', ...(press.shiftKey ? ['Shift'] : []), key.length === 1 ? key.toUpperCase() : key].join('+');
}

/** Letters by letter; on a layout without Latin ones by the place of the key. */
function letter({ key, code, shiftKey }: Press): string {
  const place = /^Key([A-Z])$/.exec(code)?.[1];
  if (key.length !== 1 || key.charCodeAt(0) < 128 || place === undefined) return other(key, code, shiftKey);
  return shiftKey ? place : place.toLowerCase();
}

/** Signs that other layouts have elsewhere. */
const SIGNS: Record<string, [string, string]> = {
  Slash: ['/', '?'],
  Backquote: ['`', '~'],
  Comma: [',', '<'],
  Period: ['.', '>'],
  BracketLeft: ['[', '{'],
  BracketRight: [']', '}'],
};

function other(key: string, code: string, shiftKey: boolean): string {
  const signs = SIGNS[code];
  return key.length === 1 && key.charCodeAt(0) >= 128 && signs !== undefined ? signs[shiftKey ? 1 : 0] : key;
}
