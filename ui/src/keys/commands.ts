/** Who carries out a command now: what is on the screen says so, the newest first. */

import { useLayoutEffect, useRef, useSyncExternalStore } from 'react';
import { keysOf } from './bindings';
import { KeyReader } from './reader';
import type { CommandId } from './table';

/** Carries a command out; false leaves the press to whoever has the focus. */
type Deed = () => boolean | void;
type Deeds = Partial<Record<CommandId, Deed | undefined>>;

const holders: { current: Deeds }[] = [];
const listeners = new Set<() => void>();
let version = 0;
const changed = () => {
  version += 1;
  for (const listener of listeners) listener();
};

/** Carries out these commands while the component is there. An undefined one says that it cannot be done now. */
export function useCommands(deeds: Deeds): void {
  const holder = useRef(deeds);
  // Which commands there are, not their functions: those change at each drawing.
  const offered = Object.entries(deeds)
    .filter(([, deed]) => deed !== undefined)
    .map(([id]) => id)
    .join(' ');
  // With the picture and not after it: who sees a field may press a key at once.
  useLayoutEffect(() => {
    holder.current = deeds;
  });
  useLayoutEffect(() => {
    holders.unshift(holder);
    changed();
    return () => {
      holders.splice(holders.indexOf(holder), 1);
      changed();
    };
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- told again when other commands are offered
  }, [offered]);
}

const deedOf = (id: CommandId): Deed | undefined =>
  holders.find(({ current }) => current[id] !== undefined)?.current[id];

/** Gives a command to the newest who takes it. False if nobody can carry it out now. */
export function give(id: CommandId): boolean {
  return holders.some(({ current }) => current[id] !== undefined && current[id]() !== false);
}

/** Whether a command can be carried out now, for those who draw it. */
export function useOffered(): (id: CommandId) => boolean {
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  useSyncExternalStore(subscribe, () => version);
  return (id) => deedOf(id) !== undefined;
}

/** What takes letters. Boxes to tick and to choose from do not. */
const WRITING = 'input:not([type="radio"], [type="checkbox"]), textarea, select, [contenteditable="true"]';

/** Reads the keys of the window, until the returned function is called. */
export function listen(): () => void {
  const reader = new KeyReader(keysOf);
  const pressed = (event: KeyboardEvent) => {
    const target = event.target instanceof Element ? event.target : null;
    // A dialog has its keys for itself.
    if (target?.closest('[role="dialog"], [role="alertdialog"], [role="menu"]') && event.key !== 'k') return;
    const inField = target?.matches(WRITING) ?? false;
    const onControl = target?.matches('button, a, summary, [role="switch"], [role="tab"]') ?? false;
    const command = reader.read(event, { inField, onControl }, event.timeStamp);
    if (command !== null && give(command)) event.preventDefault();
  };
  window.addEventListener('keydown', pressed);
  return () => window.removeEventListener('keydown', pressed);
}
