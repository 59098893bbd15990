/** What it takes to connect a shop of each platform, as data: fields, and the way to the key in the cabinet. */

import type { Channel } from '../../api/client';
import type { WordId } from '../../lib/words';

export type Connecting = {
  channel: Channel;
  fields: { name: string; label: WordId }[];
  secrets: { name: string; label: WordId }[];
  /** The way to the key, one step a line. */
  steps: WordId[];
  /** The rights it needs. */
  rights: WordId;
};

export const CONNECTING: Connecting[] = [
  {
    channel: 'wildberries',
    fields: [],
    secrets: [{ name: 'token', label: 'connect.wb_token' }],
    steps: ['connect.wb_step_1', 'connect.wb_step_2', 'connect.wb_step_3'],
    rights: 'connect.wb_rights',
  },
  {
    channel: 'ozon',
    fields: [{ name: 'client_id', label: 'connect.ozon_client_id' }],
    secrets: [{ name: 'api_key', label: 'connect.ozon_api_key' }],
    steps: ['connect.ozon_step_1', 'connect.ozon_step_2', 'connect.ozon_step_3'],
    rights: 'connect.ozon_rights',
  },
];
