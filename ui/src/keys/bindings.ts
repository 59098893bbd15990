/** Which keys give a command now: those of the table, or what the person put in their place. */

import { useSyncExternalStore } from 'react';
import { COMMAND_IDS, COMMANDS, type CommandId } from './table';

export type KeysOf = (id: CommandId) => readonly string[];
/** Keys by command. Names that no command has are left alone: they may belong to a newer page. */
export type Bound = Record<string, readonly string[]>;

let bound: Bound = {};
const listeners = new Set<() => void>();

export function bind(keys: Bound): void {
  bound = keys;
  for (const listener of listeners) listener();
}

export const keysIn =
  (keys: Bound): KeysOf =>
  (id) =>
    keys[id] ?? COMMANDS[id].keys;

export const keysOf: KeysOf = (id) => keysIn(bound)(id);

/** The keys, for those who draw them. */
export function useKeys(): KeysOf {
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return keysIn(useSyncExternalStore(subscribe, () => bound));
}

export type Clash = { id: CommandId; other: CommandId; keys: string };

/** Keys that two commands have in one place, or that one has as the beginning of another's: only one of them can be given. */
export function clashes(of: KeysOf): Clash[] {
  return COMMAND_IDS.flatMap((id) =>
    COMMAND_IDS.filter((other) => other !== id && together(id, other)).flatMap((other) =>
      of(id)
        .filter((keys) => of(other).some((theirs) => keys === theirs || begins(keys, theirs) || begins(theirs, keys)))
        .map((keys) => ({ id, other, keys })),
    ),
  );
}

const begins = (keys: string, whole: string): boolean => whole.startsWith(`${keys} `);

function together(one: CommandId, other: CommandId): boolean {
  const scopes = [COMMANDS[one].scope, COMMANDS[other].scope];
  return scopes.includes('both') || scopes[0] === scopes[1];
}

/** What editing, the browser and the system keep for themselves. */
const KEPT = new Set([
  'Tab',
  'Escape',
  ...[...'ACVXZYWTNQR'].map((letter) => `Mod+${letter}`),
  'Mod+Shift+N',
  'Mod+Shift+T',
]);

export type Refusal = 'kept' | 'in_text';

/** Why keys cannot be given to a command; null if they can. In a text field, what writes a letter is no command. */
export function refusal(id: CommandId, keys: string): Refusal | null {
  if (KEPT.has(keys)) return 'kept';
  return COMMANDS[id].scope !== 'reading' && !keys.startsWith('Mod+') && !/^F\d+$/.test(keys) ? 'in_text' : null;
}
