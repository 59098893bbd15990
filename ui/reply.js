// The right pane: writing an answer, what becomes of it, and the facts beside it.

import { byId, el, quoted, show } from './dom.js';

const TROUBLE = ['held', 'unknown'];
const LOST = ['rejected', 'failed'];
// Settled answers stand in the thread; these few still say something.
const SHOWN_SETTLED = 2;

// Letters as the platforms count them: Unicode scalar values, spaces at the ends apart.
export const lengthOf = (text) => [...text.trim()].length;

// Whether a text may be sent, and how the counter stands.
export function measure(text, rules) {
  const length = lengthOf(text);
  const over = rules.max_length !== null && length > rules.max_length;
  const short = length === 0 || (rules.min_length !== null && length < rules.min_length);
  const near = rules.max_length !== null && length > rules.max_length * 0.9;
  return { length, sendable: !over && !short, level: over ? 'over' : near ? 'near' : '' };
}

export function replyRules(open) {
  return open?.actions.find((offered) => offered.action === 'reply') ?? null;
}

export function drawComposer(state, words) {
  const rules = replyRules(state.open);
  byId('composer').hidden = rules === null;
  if (rules === null) return;
  byId('text-label').textContent = words.say('reply.label');
  byId('public-note').textContent = state.open.public ? words.say('reply.public') : '';
  byId('send').textContent = words.say('reply.send');
  byId('send').setAttribute('aria-keyshortcuts', 'Control+Enter');
  byId('send-key').textContent = 'Ctrl Enter';
  drawLength(state, words);
}

export function drawLength(state, words) {
  const rules = replyRules(state.open);
  if (rules === null) return;
  const { length, sendable, level } = measure(byId('text').value, rules);
  const counter = byId('length');
  counter.className = `length ${level}`;
  counter.textContent = rules.max_length === null ? String(length) : `${length} / ${rules.max_length}`;
  counter.setAttribute('aria-label', words.say('reply.length'));
  byId('send').disabled = !sendable || state.sending;
  byId('send').title = sendable ? '' : words.say('reply.blocked', { min: rules.min_length ?? 1, max: rules.max_length ?? '∞' });
}

export function drawBanner(state, words, switchOn) {
  const shop = state.shops.find((known) => known.id === state.open?.shop);
  const parts = [];
  if (shop && shop.pause !== '' && shop.pause !== 'imported') {
    const code = `problem.${shop.pause}`;
    parts.push(el('p', {}, words.has(code) ? words.say(code) : words.say('shop.paused', { shop: shop.name })));
  }
  if (shop && shop.pause !== 'imported' && !shop.sending) {
    parts.push(el('p', {}, words.say('shop.sending_off', { shop: shop.name })),
      el('button', { type: 'button', class: 'button', onclick: () => switchOn(shop.id) }, words.say('shop.switch_on')));
  }
  show(byId('banner'), parts.length === 0 ? null : el('div', { class: 'banner', role: 'note' }, ...parts));
}

export function drawOutbox(state, words, deeds) {
  const items = state.open === null ? [] : state.open.outbox;
  const live = items.filter((item) => item.settled_at === null || LOST.includes(item.state));
  const settled = items.filter((item) => !live.includes(item) && item.action !== 'read').slice(-SHOWN_SETTLED);
  show(byId('outbox'), ...[...live, ...settled].reverse().map((item) => card(item, state, words, deeds)));
}

function card(item, state, words, deeds) {
  const holding = item.state === 'queued' && item.reason === 'undo_hold' && Date.parse(item.due_at) > state.now();
  const look = TROUBLE.includes(item.state) ? 'trouble' : LOST.includes(item.state) ? 'lost' : item.state;
  const seconds = Math.ceil((Date.parse(item.due_at) - state.now()) / 1000);
  const heading = holding ? words.say('outbox.leaves_in', { n: seconds }) : words.say(`state.${item.state}`);
  const publication = item.publication === null ? '' : words.say(`publication.${item.publication}`);
  const why = item.reason === 'none' || holding ? publication : words.say(`reason.${item.reason}`);
  const deed = (key, act, main) => el('button', { type: 'button', class: main ? 'button primary' : 'button', onclick: () => act(item) }, words.say(key));
  const choices = [];
  if (holding) choices.push(deed('outbox.undo', deeds.undo, true));
  else if (item.state === 'held' || item.state === 'failed') {
    choices.push(deed('outbox.send', deeds.retry, true), deed('outbox.edit', deeds.undo), deed('outbox.drop', deeds.drop),
      deed('outbox.was_sent', deeds.markSent));
  } else if (item.editable) choices.push(deed('outbox.withdraw', deeds.undo));
  return el('article', { class: `item ${look}` },
    el('p', { class: 'state' }, heading, el('span', { class: 'hint' }, item.action === 'reply' ? '' : words.say(`action.${item.action}`))),
    why === '' ? null : el('p', { class: 'why', title: item.detail }, why),
    item.text === '' ? null : quoted('p', item.text, { class: 'quote', title: item.text }),
    choices.length === 0 ? null : el('div', { class: 'deeds' }, ...choices));
}

export function drawFacts(state, words) {
  const open = state.open;
  if (open === null) return show(byId('facts'));
  const facts = [];
  if (open.product !== null) {
    const { product } = open;
    const picture = product.has_picture
      ? el('img', { src: `/api/shops/${open.shop}/products/${encodeURIComponent(product.key)}/picture`, alt: '', loading: 'lazy' }) : null;
    facts.push(el('div', { class: 'product' }, picture,
      el('div', {}, quoted('h3', product.name || open.subject), quoted('p', [product.article, product.price].filter(Boolean).join(' · ')), quoted('p', product.key))));
  }
  if (open.order !== null) {
    const { order } = open;
    facts.push(el('div', {}, el('h3', {}, words.say('facts.order')), pairs(words, {
      number: order.number, status: order.status, city: order.city, tracking: order.tracking,
    })));
  } else if (open.order_no !== '') {
    facts.push(el('div', {}, el('h3', {}, words.say('facts.order')), pairs(words, { number: open.order_no })));
  }
  for (const [key, deadline] of [['facts.deadline', open.deadline], ['facts.window', open.window]]) {
    if (deadline === null) continue;
    const at = new Date(deadline.at).toLocaleString(words.language, { dateStyle: 'medium', timeStyle: 'short' });
    facts.push(el('div', { title: deadline.steps.join('\n') }, el('h3', {}, words.say(key)), el('p', {}, at), quoted('p', deadline.source, { class: 'hint' })));
  }
  show(byId('facts'), ...facts);
}

function pairs(words, values) {
  const rows = Object.entries(values).filter(([, value]) => value !== '');
  return el('dl', {}, ...rows.flatMap(([key, value]) => [el('dt', {}, words.say(`facts.${key}`)), quoted('dd', value)]));
}
