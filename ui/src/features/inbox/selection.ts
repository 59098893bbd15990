/** Which conversations of a list are taken together: some by their numbers, or all that the list has, seen or not. */

export type Selection = { whole: boolean; ids: ReadonlySet<number> };

export const NONE: Selection = { whole: false, ids: new Set() };
export const WHOLE: Selection = { whole: true, ids: new Set() };

export const isTaken = ({ whole, ids }: Selection, id: number): boolean => whole || ids.has(id);
export const isEmpty = ({ whole, ids }: Selection): boolean => !whole && ids.size === 0;

/** Takes a conversation in, or leaves it out. What is left out of a whole list ends the whole. */
export function toggle(selection: Selection, id: number): Selection {
  if (selection.whole) return NONE;
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { whole: false, ids };
}

export const extend = (selection: Selection, ...more: number[]): Selection =>
  selection.whole ? selection : { whole: false, ids: new Set([...selection.ids, ...more]) };
