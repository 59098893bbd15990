// The page: what is open, what is asked, and when it is drawn again.

import { api, follow } from './api.js';
import { byId } from './dom.js';
import { command } from './keys.js';
import { drawFolders, drawList } from './list.js';
import { drawBanner, drawComposer, drawFacts, drawLength, drawOutbox, measure, replyRules } from './reply.js';
import { drawThread } from './thread.js';
import { load } from './words.js';

const PAGE = 50;
const MOST = 200;
const DRAFT_PAUSE = 800;
const EVENT_PAUSE = 150;

let skew = 0;
const state = {
  shops: [], counts: [], folder: 'needs', rows: [], next: null, active: -1, hits: null, query: '',
  openId: null, open: null, fresh: false, sending: false, replyKey: null,
  // By the home's clock: deadlines hold for it, whatever this machine thinks.
  now: () => Date.now() + skew,
};
let words;

// A call for the person: what fails is said where they look.
async function attempt(work, note = 'status') {
  try {
    const done = await work();
    say(note, '');
    return done;
  } catch (problem) {
    say(note, words.problem(problem));
    return undefined;
  }
}

function say(id, text) {
  byId(id).textContent = text;
  byId(id).classList.toggle('trouble', text !== '');
}

// Reading

async function readShops() {
  state.shops = (await api.shops()).rows;
}

async function readList(limit = Math.min(MOST, Math.max(PAGE, state.rows.length))) {
  const folder = state.folder;
  const [page, counts] = await Promise.all([api.conversations({ folder, limit }), api.counts()]);
  if (folder !== state.folder) return;
  const activeId = state.rows[state.active]?.id;
  state.rows = page.rows;
  state.next = page.next;
  state.counts = counts.rows;
  if (state.hits === null) {
    const kept = state.rows.findIndex((row) => row.id === activeId);
    // What was answered is gone: the eye stays where it was.
    state.active = kept >= 0 ? kept : Math.min(state.active, state.rows.length - 1);
  }
  drawLeft();
}

async function readOpen() {
  const id = state.openId;
  if (id === null) return;
  const limit = Math.min(MOST, Math.max(PAGE, state.open?.id === id ? state.open.messages.length : 0));
  const open = await api.conversation(id, { limit });
  if (id !== state.openId) return;
  const first = state.open?.id !== id;
  state.open = open;
  if (first) {
    state.fresh = true;
    state.replyKey = null;
    byId('text').value = open.draft;
    say('composer-note', '');
  }
  drawRight();
  if (open.unread > 0 && document.visibilityState === 'visible') await api.markRead(id);
}

// Drawing

function drawLeft() {
  drawFolders(state, words, chooseFolder);
  drawList(state, words, openAt);
}

function drawRight() {
  drawThread(state, words, threadDeeds);
  drawBanner(state, words, switchOn);
  drawComposer(state, words);
  drawOutbox(state, words, outboxDeeds);
  drawFacts(state, words);
}

// Deeds of the list

function chooseFolder(folder) {
  Object.assign(state, { folder, rows: [], next: null, active: -1, hits: null, query: '' });
  byId('query').value = '';
  attempt(() => readList());
}

function move(step) {
  const rows = state.hits?.rows ?? state.rows;
  state.active = Math.max(0, Math.min(rows.length - 1, state.active + step));
  drawList(state, words, openAt);
  byId(`row-${state.active}`)?.scrollIntoView({ block: 'nearest' });
}

function openAt(at) {
  const rows = state.hits?.rows ?? state.rows;
  const row = rows[at];
  if (row === undefined) return;
  keepDraft();
  state.active = at;
  state.openId = row.conversation ?? row.id;
  drawLeft();
  attempt(readOpen);
}

async function more() {
  if (state.hits !== null) {
    const page = await api.search({ q: state.query, after: state.hits.next, limit: PAGE });
    state.hits = { ...page, rows: [...state.hits.rows, ...page.rows] };
  } else {
    const page = await api.conversations({ folder: state.folder, after: state.next, limit: PAGE });
    state.rows = [...state.rows, ...page.rows];
    state.next = page.next;
  }
  drawLeft();
}

async function search() {
  state.query = byId('query').value.trim();
  state.hits = state.query === '' ? null : await api.search({ q: state.query, limit: PAGE });
  state.active = -1;
  drawLeft();
}

// Deeds of the conversation

const threadDeeds = {
  done: () => state.open && attempt(() => api.setDone(state.open.id, state.open.done_at === null)),
  earlier: () => attempt(async () => {
    const page = await api.conversation(state.open.id, { before: state.open.earlier, limit: PAGE });
    state.open = { ...state.open, messages: [...page.messages, ...state.open.messages], earlier: page.earlier };
    drawThread(state, words, threadDeeds);
  }),
};

const outboxDeeds = {
  retry: (item) => attempt(() => api.retry(item.id)),
  drop: (item) => attempt(() => api.cancel(item.id)),
  markSent: (item) => attempt(() => api.markSent(item.id)),
  // Withdrawn, and back in the field to be changed.
  undo: (item) => attempt(async () => {
    await api.cancel(item.id);
    if (item.conversation === state.openId && byId('text').value.trim() === '') byId('text').value = item.text;
    state.replyKey = null;
    drawLength(state, words);
    byId('text').focus();
  }),
};

function switchOn(shop) {
  attempt(async () => {
    await api.setSending(shop, true);
    await Promise.all([readShops(), readOpen()]);
    drawRight();
  });
}

async function send() {
  const rules = replyRules(state.open);
  const text = byId('text').value;
  if (rules === null || state.sending || !measure(text, rules).sendable) return;
  clearTimeout(draftTimer);
  draftTimer = undefined;
  state.sending = true;
  // Kept until the answer is queued: pressing again after a failure is the same answer, not a second one.
  state.replyKey ??= crypto.randomUUID();
  drawLength(state, words);
  const id = state.open.id;
  const queued = await attempt(() => api.act(id, { action: 'reply', text }, state.replyKey), 'composer-note');
  state.sending = false;
  if (queued !== undefined) {
    state.replyKey = null;
    if (state.openId === id) byId('text').value = '';
    await attempt(() => api.saveDraft(id, ''));
    await attempt(readOpen);
  }
  drawLength(state, words);
}

let draftTimer;

function keepDraft() {
  if (draftTimer === undefined) return;
  clearTimeout(draftTimer);
  draftTimer = undefined;
  if (state.open !== null) attempt(() => api.saveDraft(state.open.id, byId('text').value));
}

function typed() {
  // Another text is another answer.
  state.replyKey = null;
  drawLength(state, words);
  clearTimeout(draftTimer);
  draftTimer = setTimeout(keepDraft, DRAFT_PAUSE);
}

// Keys

const commands = {
  next: () => move(1),
  previous: () => move(-1),
  open: () => openAt(state.active),
  reply: () => byId('text').focus(),
  done: () => threadDeeds.done(),
  search: () => byId('query').focus(),
  send: () => document.activeElement === byId('text') && send(),
  leave: () => byId('list').focus(),
};

function pressed(event) {
  const target = event.target;
  const inField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  const onControl = target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement;
  const name = command(event, { inField, onControl });
  if (name === null) return;
  event.preventDefault();
  commands[name]();
}

// Beginning

const stale = new Set();
let refreshTimer;

function changed(tags) {
  for (const tag of tags) stale.add(tag);
  refreshTimer ??= setTimeout(() => attempt(refresh), EVENT_PAUSE);
}

async function refresh() {
  refreshTimer = undefined;
  const tags = new Set(stale);
  stale.clear();
  if (tags.has('shops')) await readShops();
  if (tags.has('inbox')) await readList();
  if (tags.has('conversation') || tags.has('outbox') || tags.has('shops')) await readOpen();
}

// Once a minute; once a second while an answer can still be withdrawn.
function tick() {
  const holding = state.open?.outbox.some((item) => item.reason === 'undo_hold' && item.state === 'queued');
  if (holding) drawOutbox(state, words, outboxDeeds);
  if (tick.minute !== Math.floor(state.now() / 60_000)) {
    tick.minute = Math.floor(state.now() / 60_000);
    drawLeft();
    if (state.open !== null) drawThread(state, words, threadDeeds);
  }
}

async function begin() {
  words = await load(navigator.languages);
  document.documentElement.lang = words.language;
  const query = byId('query');
  query.placeholder = words.say('search.placeholder');
  query.setAttribute('aria-label', words.say('search.placeholder'));
  byId('folders').setAttribute('aria-label', words.say('folder.name'));
  for (const [id, name] of [['list-pane', 'list.name'], ['thread-pane', 'thread.name'], ['reply-pane', 'reply.pane']]) {
    byId(id).setAttribute('aria-label', words.say(name));
  }
  byId('search').addEventListener('submit', (event) => { event.preventDefault(); attempt(search).then(() => byId('list').focus()); });
  query.addEventListener('search', () => { if (query.value === '') attempt(search); });
  byId('more').addEventListener('click', () => attempt(more));
  byId('composer').addEventListener('submit', (event) => { event.preventDefault(); send(); });
  byId('text').addEventListener('input', typed);
  document.addEventListener('keydown', pressed);
  window.addEventListener('pagehide', keepDraft);

  await attempt(async () => {
    const home = await api.home();
    skew = Date.parse(home.now) - Date.now();
    if (home.demo) {
      byId('stripe').hidden = false;
      byId('stripe').textContent = words.say('demo');
    }
    await readShops();
    await readList();
  });
  drawRight();
  byId('list').focus();
  follow(changed, (connected) => say('status', connected ? '' : words.say('status.lost')));
  setInterval(tick, 1_000);
}

begin();
