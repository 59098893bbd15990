/** What the page needs of the host it runs in, each ability by name. Nothing else knows which host that is. */

export type Listener = { changed: (tags: string[]) => void; connected: (there: boolean) => void };

export type Platform = {
  /** Which host it is. */
  name: 'browser' | 'window';
  /** Hears what changes, until the returned function is called. */
  follow: (listener: Listener) => () => void;
  /** Opens an address outside the page. */
  open: (address: string) => void;
  /** Puts text where it can be pasted from. */
  copy: (text: string) => Promise<void>;
};
