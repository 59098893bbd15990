// Words of strangers that would run or fetch something, were they ever taken for more than words.

const ELSEWHERE = 'http://198.51.100.7';
const RUN = 'globalThis.hit=1';
const tags = [
  `<script>${RUN}</script>`, `<script src=${ELSEWHERE}/x.js></script>`, `<img src=x onerror="${RUN}">`, `<img src=${ELSEWHERE}/p.png>`,
  `<svg onload=${RUN}>`, `<svg><script>${RUN}</script></svg>`, `<svg><use href="${ELSEWHERE}/s.svg#a"/></svg>`, `<iframe src=javascript:${RUN}>`,
  `<iframe srcdoc="<script>parent.${RUN}</script>">`, `<object data=${ELSEWHERE}/o>`, `<embed src=${ELSEWHERE}/e>`, `<link rel=stylesheet href=${ELSEWHERE}/c.css>`,
  `<style>@import '${ELSEWHERE}/i.css';</style>`, `<body onload=${RUN}>`, `<details open ontoggle=${RUN}>`, `<video src=x onerror=${RUN}>`,
  `<audio src=${ELSEWHERE}/a.mp3 autoplay>`, `<input autofocus onfocus=${RUN}>`, `<form action=${ELSEWHERE}><button autofocus>`, `<base href=${ELSEWHERE}/>`,
  `<meta http-equiv=refresh content="0;url=${ELSEWHERE}">`, `<a href=javascript:${RUN}>a</a>`, `<math><mtext><img src=x onerror=${RUN}>`, `<template><img src=x onerror=${RUN}></template>`,
  `<noscript><img src=x onerror=${RUN}></noscript>`, `javascript:${RUN}`, `data:text/html,<script>${RUN}</script>`, `{{constructor.constructor('${RUN}')()}}`,
  `\${${RUN}}`, `{"__proto__":{"hit":1}}`, `url(${ELSEWHERE}/u.png)`, `]]><script>${RUN}</script>`, `--><script>${RUN}</script>`, `\u0000<script>${RUN}</script>`,
];
const wraps = [
  (tag) => tag, (tag) => `"'>${tag}`, (tag) => `</textarea></title></style></script>${tag}`, (tag) => tag.toUpperCase().replace('GLOBALTHIS.HIT', 'globalThis.hit'),
  (tag) => `\u202E${tag}`, (tag) => tag.replaceAll('<', '&lt;').replaceAll('>', '&gt;'), (tag) => encodeURIComponent(tag), (tag) => `<<${tag}>>`,
  (tag) => tag.replaceAll('<', '\uFF1C'), (tag) => `\`${tag}\``, (tag) => tag.replaceAll(' ', '/'), (tag) => tag.replaceAll(' ', '\t\n'),
  (tag) => `[${tag}](javascript:${RUN})`, (tag) => `![](${ELSEWHERE}/m.png)${tag}`, (tag) => `findme ${tag}`,
];
const all = wraps.flatMap((wrap) => tags.map(wrap));
const count = process.env.DRAGOMAN_LONG ? all.length : 100;
// Every tag, then as many of the others as there is room for, evenly.
export const payloads = Array.from({ length: count }, (_, at) => all[at < tags.length ? at : Math.floor((at * all.length) / count)]);

// One question for each payload, with it in every place a platform fills, as `import` takes them.
export const questions = payloads.flatMap((payload, at) => [
  { t: 'c', id: at + 1, account: 1, marketplace: at % 2 ? 'ozon' : 'wildberries', kind: 'question', buyer: payload, product: payload, sku: '77', order_no: payload.slice(0, 60), status: payload.slice(0, 60), created_at: 1_790_000_000_000, needs_reply: 1 },
  { t: 'm', id: at + 1, dir: 'in', sent_at: 1_790_000_000_000 + at, text: `findme ${payload}` },
]).map((line) => JSON.stringify(line)).join('\n');

// Run in the page: what of it came to life.
export const lives = () => ({
  hit: globalThis.hit ?? null,
  added: Object.keys(Object.prototype),
  elements: document.querySelectorAll('iframe, object, embed, base, form[action], meta[http-equiv]').length,
});
export const NOTHING = { hit: null, added: [], elements: 0 };
