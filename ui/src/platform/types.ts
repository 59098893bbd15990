/** What the page needs of the host it runs in, each ability by name. Nothing else knows which host that is. */

export type Listener = { changed: (tags: string[]) => void; connected: (there: boolean) => void };

/** What the system shows beside the page: one notice per group, the newest. */
export type Notice = { group: string; title: string; body: string; place: string };

export type Platform = {
  /** Which host it is. */
  name: 'browser' | 'window';
  /** Tells the host that the page is drawn: a window that stays blank offers the browser instead. */
  alive: () => void;
  /** Hears what changes, until the returned function is called. */
  follow: (listener: Listener) => () => void;
  /** Shows how much is urgent, also to who does not see the page. */
  badge: (shown: { urgent: number; words: string }) => void;
  /** Says something to who does not look at the page; a press on it leads to its place. */
  notify: (notice: Notice) => void;
  /** Takes back what was said of a group. */
  withdraw: (group: string) => void;
  /** Whether the program starts with the computer, where the page can have a say in that. */
  autostart: { is: () => Promise<boolean>; set: (on: boolean) => Promise<void> } | null;
  /** Opens an address outside the page. */
  open: (address: string) => void;
  /** Puts text where it can be pasted from. */
  copy: (text: string) => Promise<void>;
};
