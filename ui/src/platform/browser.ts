import type { Platform } from './types';

/** A browser on this machine. */
export const browser: Platform = {
  name: 'browser',
  alive: () => {},
  follow({ changed, connected }) {
    const source = new EventSource('/api/events');
    source.addEventListener('open', () => connected(true));
    source.addEventListener('error', () => connected(false));
    source.addEventListener('change', (event: MessageEvent<string>) => {
      changed((JSON.parse(event.data) as { tags: string[] }).tags);
    });
    return () => source.close();
  },
  badge({ urgent }) {
    document.title = urgent > 0 ? `(${urgent}) Dragoman` : 'Dragoman';
  },
  // A browser asks before it shows any; the window is there for that.
  notify: () => {},
  withdraw: () => {},
  autostart: null,
  open(address) {
    window.open(address, '_blank', 'noopener,noreferrer');
  },
  copy: (text) => navigator.clipboard.writeText(text),
};
