import { useState } from 'react';
import { useLocation } from 'wouter';
import { useKeys } from '../../keys/bindings';
import { give, useOffered } from '../../keys/commands';
import { COMMAND_IDS, COMMANDS, type CommandId } from '../../keys/table';
import { useWords } from '../../lib/words';
import { Keys } from '../../ui/Keys';
import { SearchField } from '../../ui/SearchField';
import { Dialog } from '../../ui/Dialog';
import s from './CommandMenu.module.css';
import { match } from './match';

type Entry = { id: string; label: string; keys?: string | undefined; blocked: boolean; run: () => void };

/** Everything that can be done now, by its name; what is typed can be searched for, too. */
export function CommandMenu({ onClose }: { onClose: () => void }) {
  const { say } = useWords();
  const offered = useOffered();
  const keys = useKeys();
  const [, go] = useLocation();
  const [typed, type] = useState('');
  const [at, setAt] = useState(0);

  const command = (id: CommandId): Entry => ({
    id,
    label: say(COMMANDS[id].label),
    keys: keys(id)[0],
    blocked: !offered(id),
    run: () => {
      onClose();
      // The dialog gives the focus back first.
      setTimeout(() => give(id));
    },
  });
  const commands = COMMAND_IDS.filter((id) => !['menu', 'leave', 'send'].includes(id))
    .map(command)
    .filter((entry) => match(typed, entry.label));
  const find: Entry = {
    id: 'find',
    label: say('menu.find', { text: typed }),
    blocked: false,
    run: () => {
      onClose();
      go(`/search/${encodeURIComponent(typed)}`);
    },
  };
  const entries = [
    ...(typed.trim() === '' ? [] : [find]),
    ...commands.filter((entry) => !entry.blocked),
    ...commands.filter((entry) => entry.blocked),
  ];
  const active = Math.min(at, entries.length - 1);

  return (
    <Dialog label={say('command.menu')} onClose={onClose}>
      <SearchField
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- whoever opens the menu writes next
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls="menu-entries"
        aria-activedescendant={entries[active] === undefined ? undefined : `menu-${entries[active].id}`}
        label={say('menu.placeholder')}
        value={typed}
        onChange={(event) => {
          type(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing || event.keyCode === 229) return;
          const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
          if (by !== 0) setAt((active + by + entries.length) % entries.length);
          else if (event.key === 'Enter' && !entries[active]?.blocked) entries[active]?.run();
          else return;
          event.preventDefault();
        }}
      />
      <div id="menu-entries" className={s.entries} role="listbox" aria-label={say('command.menu')}>
        {entries.map((entry, index) => (
          <div
            key={entry.id}
            id={`menu-${entry.id}`}
            role="option"
            aria-selected={index === active}
            aria-disabled={entry.blocked || undefined}
            className={s.entry}
            title={entry.blocked ? say('menu.not_now') : undefined}
            onPointerMove={() => setAt(index)}
            onClick={() => !entry.blocked && entry.run()}
          >
            <span>{entry.label}</span>
            {entry.keys !== undefined && <Keys of={entry.keys} />}
          </div>
        ))}
      </div>
    </Dialog>
  );
}
