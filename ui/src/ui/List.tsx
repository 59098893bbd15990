/** A long list: only what is seen is in the document, one tab stop, position told to assistive tools. */

import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useImperativeHandle, useMemo, useRef, type ReactNode, type Ref } from 'react';
import s from './List.module.css';

export type Entry<Item> =
  { type: 'heading'; key: string; heading: ReactNode } | { type: 'item'; key: string; item: Item };
export type ListHandle = { focus: () => void };

type Props<Item> = {
  label: string;
  entries: Entry<Item>[];
  /** Heights in CSS pixels. */
  height: { item: number; heading: number };
  /** Which item the hand is on, by its place among all entries. */
  active: number;
  selected: (item: Item) => boolean;
  /** Which items are taken together, while any is. */
  checked?: ((item: Item) => boolean) | undefined;
  onOpen: (at: number) => void;
  /** More can be fetched: called when the end comes near. */
  onEnd?: (() => void) | undefined;
  /** Items in all, where that is known. */
  total?: number;
  children: (item: Item, at: number) => ReactNode;
  ref?: Ref<ListHandle>;
};

export function List<Item>({
  label,
  entries,
  height,
  active,
  selected,
  checked,
  onOpen,
  onEnd,
  total,
  children,
  ref,
}: Props<Item>) {
  const pane = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => pane.current,
    estimateSize: (at) => (entries[at]?.type === 'heading' ? height.heading : height.item),
    getItemKey: (at) => entries[at]?.key ?? at,
    overscan: 8,
  });
  useImperativeHandle(ref, () => ({ focus: () => pane.current?.focus() }));

  useEffect(() => {
    if (active >= 0) virtual.scrollToIndex(active, { align: 'auto' });
  }, [active, virtual]);
  useEffect(() => virtual.measure(), [virtual, height.item]);

  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last > entries.length - 20) onEnd?.();
  }, [last, entries.length, onEnd]);

  const places = useMemo(() => {
    let items = 0;
    return entries.map((entry) => (entry.type === 'item' ? ++items : items));
  }, [entries]);
  const activeEntry = entries[active];
  return (
    <div
      ref={pane}
      className={s.pane}
      role="listbox"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={activeEntry?.type === 'item' ? `entry-${activeEntry.key}` : undefined}
    >
      <div className={s.whole} role="presentation" style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ index, key, start, size }) => {
          const entry = entries[index];
          if (entry === undefined) return null;
          const place = { transform: `translateY(${start}px)`, height: size };
          if (entry.type === 'heading') {
            return (
              <div key={key} className={s.entry} style={place} role="presentation">
                {entry.heading}
              </div>
            );
          }
          return (
            <div
              key={key}
              id={`entry-${entry.key}`}
              className={`${s.entry} ${index === active ? s.active : ''}`}
              style={place}
              role="option"
              aria-selected={selected(entry.item)}
              aria-checked={checked?.(entry.item)}
              aria-posinset={places[index]}
              aria-setsize={total ?? (onEnd === undefined ? (places.at(-1) ?? 0) : -1)}
              onClick={() => onOpen(index)}
            >
              {children(entry.item, index)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
