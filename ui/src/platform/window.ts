import { Channel, invoke, isTauri } from '@tauri-apps/api/core';
import type { Platform } from './types';

/** What the shell says over its channel: the window's own way of hearing, because its scheme cannot stream. */
type Told = { type: 'changed'; tags: string[] } | { type: 'connected'; there: boolean } | { type: 'go'; place: string };

/** Whether this page is in a window of ours. */
export const inWindow = isTauri;

/** A request to the shell whose failure the person can do nothing about: it is in the shell's log. */
const ask = (command: string, values?: Record<string, unknown>): void => void invoke(command, values).catch(() => {});

/** The window of this program. */
export const desktop: Platform = {
  name: 'window',
  alive: () => ask('alive'),
  follow({ changed, connected }) {
    let listening = true;
    const page = new Channel<Told>((told) => {
      if (!listening) return;
      if (told.type === 'changed') changed(told.tags);
      else if (told.type === 'connected') connected(told.there);
      else window.location.hash = told.place;
    });
    ask('follow', { page });
    return () => {
      listening = false;
    };
  },
  badge: (shown) => ask('badge', { shown }),
  notify: (notice) => ask('notify', { notice }),
  withdraw: (group) => ask('withdraw', { group }),
  autostart: { is: () => invoke<boolean>('starts_itself'), set: (on) => invoke('start_itself', { on }) },
  open: (address) => ask('open_outside', { address }),
  copy: (text) => navigator.clipboard.writeText(text),
};
