/** Key presses to commands. Pure but for the first half of a sequence (`g i`) and the kind of layout, which it remembers. */

import type { KeysOf } from './bindings';
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
export const PATIENCE = 1_200;

export class KeyReader {
  readonly #keysOf: KeysOf;
  readonly #writer = new KeyWriter();
  #begun: { key: string; until: number } | null = null;

  constructor(keysOf: KeysOf) {
    this.#keysOf = keysOf;
  }

  /** What a press asks for; null if it belongs to whoever has the focus. */
  read(press: Press, place: Place, now: number): CommandId | null {
    const begun = this.#begun !== null && now < this.#begun.until ? this.#begun.key : null;
    const written = this.#writer.write(press);
    // A modifier on its way to the second half ends nothing.
    if (written === null && isModifier(press)) return null;
    this.#begun = null;
    if (written === null) return null;
    if (written === 'Enter' && place.onControl) return null;
    const wanted = begun === null ? written : `${begun} ${written}`;
    const found = COMMAND_IDS.find((id) => {
      const { scope } = COMMANDS[id];
      return this.#keysOf(id).includes(wanted) && (scope === 'both' || (scope === 'writing') === place.inField);
    });
    if (found === undefined && begun === null && !place.inField && this.#begins(written)) {
      this.#begun = { key: written, until: now + PATIENCE };
    }
    return found ?? null;
  }

  #begins(key: string): boolean {
    return COMMAND_IDS.some((id) => this.#keysOf(id).some((keys) => keys.startsWith(`${key} `)));
  }
}

const MODIFIERS = ['Shift', 'Control', 'Alt', 'Meta', 'CapsLock', 'AltGraph'];
const isModifier = ({ key }: Press): boolean => MODIFIERS.includes(key);

/** Writes presses as the table does: `j`, `Mod+Enter`; a capital letter was pressed with Shift. */
export class KeyWriter {
  /** Whether the last letter came from a layout without Latin ones: then signs count by their place, too. */
  #foreign = false;

  /** Null for a bare modifier, and for whatever an input method has for itself. */
  write(press: Press): string | null {
    // While an input method composes, every key is its own. WebKit reports the confirming Enter with code 229 only.
    if (press.isComposing || press.keyCode === 229) return null;
    if (isModifier(press) || ['Dead', 'Process', 'Unidentified'].includes(press.key)) return null;
    const mod = press.ctrlKey || press.metaKey;
    // With Alt some layouts write their third signs.
    if (press.altKey) return null;
    const key = this.#key(press);
    if (!mod) return key;
    return ['Mod', ...(press.shiftKey ? ['Shift'] : []), key.length === 1 ? key.toUpperCase() : key].join('+');
  }

  /** Letters by letter; on a layout without Latin ones by the place of the key, as are signs there. */
  #key({ key, code, shiftKey }: Press): string {
    if (key.length !== 1) return key;
    const place = /^Key([A-Z])$/.exec(code)?.[1];
    const latin = key.charCodeAt(0) < 128;
    if (place !== undefined) this.#foreign = !latin;
    const letter = latin ? (/[a-z]/i.test(key) ? key : undefined) : place;
    // Shift decides, not a lock that somebody forgot.
    if (letter !== undefined) return shiftKey ? letter.toUpperCase() : letter.toLowerCase();
    const signs = SIGNS[code];
    return signs !== undefined && (!latin || this.#foreign) ? signs[shiftKey ? 1 : 0] : key;
  }
}

/** Signs that other layouts have elsewhere. */
const SIGNS: Record<string, [string, string]> = {
  Slash: ['/', '?'],
  Backquote: ['`', '~'],
  Comma: [',', '<'],
  Period: ['.', '>'],
  BracketLeft: ['[', '{'],
  BracketRight: [']', '}'],
  Digit8: ['8', '*'],
};
