import { browser } from './browser';
import type { Platform } from './types';

/** The host of this page. */
export const platform: Platform = browser;
