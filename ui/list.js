// The left pane: folders, rows by time left, hits of a search.

import { byId, el, quoted, show } from './dom.js';
import { group, timeLeft } from './time.js';

const FOLDERS = ['needs', 'backlog', 'unread', 'all'];
const MARKS = { wildberries: 'WB', ozon: 'OZ', aliexpress: 'AE', wish: 'WI', email: '@' };

export function drawFolders(state, words, choose) {
  const sum = (field) => state.counts.reduce((total, row) => total + row[field], 0);
  const counts = { needs: sum('owed'), backlog: sum('backlog'), unread: sum('unread') };
  const tabs = FOLDERS.map((folder) => {
    const count = counts[folder] ? el('span', { class: 'count' }, counts[folder].toLocaleString(words.language)) : null;
    const selected = state.folder === folder && state.hits === null;
    return el('button', {
      type: 'button', role: 'tab', class: 'folder', 'aria-selected': String(selected), 'aria-controls': 'list',
      onclick: () => choose(folder),
    }, words.say(`folder.${folder}`), count);
  });
  show(byId('folders'), ...tabs);
}

export function mark(channel) {
  return el('span', { class: `mark ${channel}`, 'aria-label': channel, role: 'img' }, MARKS[channel] ?? '?');
}

function clock(row, now, words) {
  if (row.turn !== 'ours' || row.due_at === null) return el('span', { class: 'left' });
  const { level, text } = timeLeft(Date.parse(row.due_at), now, words);
  return el('span', { class: `left ${level}` }, text);
}

// Not every platform names its buyers: then the product says which conversation it is.
const heading = (row, words) => row.buyer || row.subject || words.say(`kind.${row.kind}`);

function secondLine(row, words, more) {
  const rest = [words.say(`kind.${row.kind}`), more].filter(Boolean).join(' · ');
  const subject = row.buyer === '' ? '' : row.subject;
  return el('span', { class: 'line second' }, subject === '' ? null : quoted('bdi', subject), subject === '' ? rest : ` · ${rest}`);
}

function conversationRow(row, at, state, words, open) {
  const shop = state.shops.find((known) => known.id === row.shop);
  const classes = ['row', row.unread > 0 ? 'unread' : '', at === state.active ? 'active' : ''].join(' ');
  return el('li', {
    id: `row-${at}`, class: classes, role: 'option', 'aria-selected': String(row.id === state.openId), onclick: () => open(at),
  },
  el('span', { class: 'dot' }), mark(row.channel),
  el('span', { class: 'who' }, quoted('b', heading(row, words)), el('small', {}, shop ? shop.name : '')),
  clock(row, state.now(), words),
  quoted('span', row.preview || row.subject, { class: 'line' }),
  secondLine(row, words, row.outbox_state ? words.say(`state.${row.outbox_state}`) : ''));
}

function hitRow(hit, at, state, words, open) {
  const pieces = hit.spans.map((span) => (span.hit ? el('mark', {}, span.text) : span.text));
  const when = new Date(hit.sent_at).toLocaleDateString(words.language, { day: 'numeric', month: 'short', year: 'numeric' });
  return el('li', {
    id: `row-${at}`, class: `row ${at === state.active ? 'active' : ''}`, role: 'option',
    'aria-selected': String(hit.conversation === state.openId), onclick: () => open(at),
  },
  el('span', { class: 'dot' }), mark(hit.channel),
  el('span', { class: 'who' }, quoted('b', heading(hit, words))),
  el('span', { class: 'left' }, when),
  el('span', { class: 'line', dir: 'auto' }, ...pieces),
  secondLine(hit, words, ''));
}

export function drawList(state, words, open) {
  const list = byId('list');
  const items = [];
  if (state.hits !== null) {
    state.hits.rows.forEach((hit, at) => items.push(hitRow(hit, at, state, words, open)));
  } else {
    let last = null;
    state.rows.forEach((row, at) => {
      const now = state.folder === 'needs' ? group(row.due_at === null ? null : Date.parse(row.due_at), state.now()) : null;
      if (now !== last) {
        items.push(el('li', { class: `group ${now}`, role: 'presentation' }, words.say(`group.${now}`)));
        last = now;
      }
      items.push(conversationRow(row, at, state, words, open));
    });
  }
  if (items.length === 0) {
    const empty = state.hits !== null ? 'empty.search' : `empty.${state.folder}`;
    items.push(el('li', { class: 'empty', role: 'presentation' }, words.say(empty)));
  }
  const [scroll, hadFocus] = [list.scrollTop, document.activeElement === list];
  show(list, ...items);
  list.scrollTop = scroll;
  if (hadFocus) list.focus();
  list.setAttribute('aria-label', words.say('list.name'));
  if (state.active >= 0) list.setAttribute('aria-activedescendant', `row-${state.active}`);
  byId('more').hidden = (state.hits ?? state).next === null;
  byId('more').textContent = words.say('list.more');
  drawNote(state, words);
}

function drawNote(state, words) {
  const note = byId('list-note');
  note.hidden = state.hits === null;
  if (state.hits === null) return;
  const { total, notices, rebuilding } = state.hits;
  const count = total.count.toLocaleString(words.language) + (total.exact ? '' : '+');
  const lines = [words.say('search.total', { n: total.count, count })];
  for (const notice of notices) lines.push(words.say(`notice.${notice.code}`, { word: notice.word }));
  if (rebuilding) lines.push(words.say('search.rebuilding'));
  note.textContent = lines.join(' · ');
}
