import { browser } from './browser';
import type { Platform } from './types';
import { desktop, inWindow } from './window';

/** The host of this page. */
export const platform: Platform = inWindow() ? desktop : browser;
