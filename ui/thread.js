// The middle pane: one conversation.

import { byId, el, quoted, show } from './dom.js';
import { mark } from './list.js';
import { timeLeft } from './time.js';

export function drawThread(state, words, deeds) {
  const open = state.open;
  if (open === null) {
    show(byId('thread-head'));
    show(byId('thread'), el('p', { class: 'empty' }, words.say('thread.none')));
    return;
  }
  drawHead(open, state, words, deeds);
  const older = open.earlier === null ? null
    : el('button', { type: 'button', class: 'button', onclick: deeds.earlier }, words.say('thread.earlier'));
  const items = [older];
  let day = '';
  for (const message of open.messages) {
    const at = new Date(message.sent_at);
    const today = at.toLocaleDateString(words.language, { dateStyle: 'long' });
    if (today !== day) items.push(el('p', { class: 'day' }, today));
    day = today;
    items.push(bubble(message, at, words));
  }
  const thread = byId('thread');
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  show(thread, ...items);
  thread.setAttribute('aria-label', words.say('thread.name'));
  if (atEnd || state.fresh) thread.scrollTop = thread.scrollHeight;
  state.fresh = false;
}

function drawHead(open, state, words, deeds) {
  const shop = state.shops.find((known) => known.id === open.shop);
  let clock = null;
  if (open.deadline !== null) {
    const due = Date.parse(open.deadline.at);
    const { level, text } = timeLeft(due, state.now(), words);
    const at = new Date(due).toLocaleString(words.language, { dateStyle: 'medium', timeStyle: 'short' });
    clock = el('span', { class: `left ${level}`, title: [...open.deadline.steps, open.deadline.source].join('\n') }, `${text} · ${at}`);
  }
  const done = el('button', { type: 'button', class: 'button', onclick: deeds.done },
    words.say(open.done_at === null ? 'thread.done' : 'thread.undone'), ' ', el('kbd', {}, 'E'));
  const line = el('p', { class: 'facts-line' }, mark(open.channel), quoted('bdi', shop ? shop.name : ''),
    words.say(`kind.${open.kind}`), el('span', { class: `turn ${open.turn}` }, words.say(`turn.${open.turn}`)), clock);
  show(byId('thread-head'),
    el('div', { class: 'head-row' }, quoted('h2', open.buyer || open.subject || words.say(`kind.${open.kind}`)), done), line);
}

function bubble(message, at, words) {
  const time = at.toLocaleTimeString(words.language, { hour: '2-digit', minute: '2-digit' });
  const foot = [time, words.say(`author.${message.author}`)];
  if (message.version > 1) foot.push(words.say('message.edited'));
  if (message.remote_id.startsWith('local:')) foot.push(words.say('message.local'));
  const files = message.attachments.map((file) => quoted('span', [words.say('message.file'), file.name || file.mime].filter(Boolean).join(': ')));
  return el('div', { class: `message ${message.direction}` },
    message.text === '' ? null : quoted('div', message.text, { class: 'bubble', lang: message.lang }),
    files.length > 0 ? el('div', { class: 'files' }, ...files) : null,
    el('p', { class: 'foot' }, foot.join(' · ')));
}
