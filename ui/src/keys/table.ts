/** Every command a key can give: palette, help and menus are drawn from this table. */

import type { WordId } from '../lib/words';

/** Where a key works: with the hand off the text, in a text field, or both. */
export type Scope = 'reading' | 'writing' | 'both';

export type Command = {
  label: WordId;
  /** Written as `j`, `Mod+Enter`, `g i`; a capital letter wants Shift. Empty: only the menu has it. */
  keys: readonly string[];
  scope: Scope;
  /** Heading in menu and help. */
  group: 'list' | 'conversation' | 'answer' | 'places' | 'program';
};

const define = <Id extends string>(table: Record<Id, Command>) => table;

export const COMMANDS = define({
  next: { label: 'command.next', keys: ['j'], scope: 'reading', group: 'list' },
  previous: { label: 'command.previous', keys: ['k'], scope: 'reading', group: 'list' },
  open: { label: 'command.open', keys: ['o', 'Enter'], scope: 'reading', group: 'list' },
  back: { label: 'command.back', keys: ['u'], scope: 'reading', group: 'list' },
  select: { label: 'command.select', keys: ['x'], scope: 'reading', group: 'list' },
  extend_next: { label: 'command.extend_next', keys: ['J'], scope: 'reading', group: 'list' },
  extend_previous: { label: 'command.extend_previous', keys: ['K'], scope: 'reading', group: 'list' },
  select_all: { label: 'command.select_all', keys: ['* a'], scope: 'reading', group: 'list' },
  select_none: { label: 'command.select_none', keys: ['* n'], scope: 'reading', group: 'list' },
  next_tab: { label: 'command.next_tab', keys: ['`'], scope: 'reading', group: 'list' },
  previous_tab: { label: 'command.previous_tab', keys: ['~'], scope: 'reading', group: 'list' },
  reply: { label: 'command.reply', keys: ['r'], scope: 'reading', group: 'conversation' },
  done: { label: 'command.done', keys: ['e'], scope: 'reading', group: 'conversation' },
  snooze: { label: 'command.snooze', keys: ['b', 'h'], scope: 'reading', group: 'conversation' },
  star: { label: 'command.star', keys: ['s'], scope: 'reading', group: 'conversation' },
  tags: { label: 'command.tags', keys: ['l'], scope: 'reading', group: 'conversation' },
  note: { label: 'command.note', keys: ['i'], scope: 'reading', group: 'conversation' },
  done_next: { label: 'command.done_next', keys: ['['], scope: 'reading', group: 'conversation' },
  undo: { label: 'command.undo', keys: ['z'], scope: 'reading', group: 'conversation' },
  context: { label: 'command.context', keys: ['Mod+.'], scope: 'both', group: 'conversation' },
  send: { label: 'command.send', keys: ['Mod+Enter'], scope: 'writing', group: 'answer' },
  attach: { label: 'command.attach', keys: ['Mod+Shift+A'], scope: 'both', group: 'answer' },
  leave: { label: 'command.leave', keys: ['Escape'], scope: 'both', group: 'answer' },
  inbox: { label: 'place.inbox', keys: ['g i'], scope: 'reading', group: 'places' },
  outbox: { label: 'place.outbox', keys: ['g o'], scope: 'reading', group: 'places' },
  search: { label: 'place.search', keys: ['/', 'g s'], scope: 'reading', group: 'places' },
  shops: { label: 'place.shops', keys: ['g h'], scope: 'reading', group: 'places' },
  settings: { label: 'place.settings', keys: ['g ,'], scope: 'reading', group: 'places' },
  menu: { label: 'command.menu', keys: ['Mod+K'], scope: 'both', group: 'program' },
  help: { label: 'command.help', keys: ['?'], scope: 'reading', group: 'program' },
  hold: { label: 'command.hold', keys: ['Mod+Shift+H'], scope: 'both', group: 'program' },
  sync: { label: 'command.sync', keys: [], scope: 'reading', group: 'program' },
});

/** Headings of menu, help and settings, in their order. */
export const GROUPS: Command['group'][] = ['list', 'conversation', 'answer', 'places', 'program'];

export type CommandId = keyof typeof COMMANDS;
export const COMMAND_IDS = Object.keys(COMMANDS) as CommandId[];
