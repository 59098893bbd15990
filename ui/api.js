// The one way to the API. A failure is thrown as its problem document.

export class Problem extends Error {
  constructor(document) {
    super(document.message);
    this.code = document.code;
    this.params = document.params ?? {};
    this.retryAfter = document.retry_after_s;
  }
}

async function call(method, path, body, key) {
  const headers = {};
  if (method !== 'GET') {
    headers['content-type'] = 'application/json';
    headers['idempotency-key'] = key ?? crypto.randomUUID();
  }
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (cause) {
    throw new Problem({ code: 'home_in_use', message: String(cause) });
  }
  const text = await response.text();
  let document = null;
  try {
    document = text === '' ? null : JSON.parse(text);
  } catch {
    throw new Problem({ code: 'internal', message: `${response.status}: not JSON` });
  }
  if (!response.ok) throw new Problem(document ?? { code: 'internal', message: String(response.status) });
  return document;
}

function address(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

export const api = {
  home: () => call('GET', '/api/home'),
  shops: () => call('GET', '/api/shops'),
  counts: () => call('GET', '/api/counts'),
  conversations: (query) => call('GET', address('/api/conversations', query)),
  conversation: (id, query = {}) => call('GET', address(`/api/conversations/${id}`, query)),
  search: (query) => call('GET', address('/api/search', query)),
  markRead: (id) => call('POST', `/api/conversations/${id}/read`),
  saveDraft: (id, text) => call('PUT', `/api/conversations/${id}/draft`, { text }),
  setDone: (id, done) => call('PUT', `/api/conversations/${id}/done`, { done }),
  // The key is made where the person acts, so that a repeated click is the same answer.
  act: (id, action, key) => call('POST', `/api/conversations/${id}/actions`, action, key),
  setSending: (shop, on) => call('PUT', `/api/shops/${shop}/sending`, { on }),
  retry: (item) => call('POST', `/api/outbox/${item}/retry`),
  cancel: (item) => call('POST', `/api/outbox/${item}/cancel`),
  markSent: (item) => call('POST', `/api/outbox/${item}/mark-sent`),
};

// Calls `changed(tags)` whenever cached reads went stale, and after each reconnection.
export function follow(changed, connection) {
  const source = new EventSource('/api/events');
  let lost = false;
  source.addEventListener('open', () => {
    connection(true);
    if (lost) changed(['inbox', 'conversation', 'outbox', 'shops', 'quarantine']);
    lost = false;
  });
  source.addEventListener('change', (event) => changed(JSON.parse(event.data).tags));
  source.addEventListener('error', () => {
    lost = true;
    connection(false);
  });
}
