// Elements without markup: texts of platforms and buyers only ever become text nodes.

export const byId = (id) => document.getElementById(id);

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'class') element.className = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}

// Somebody else's words: their direction is their own.
export const quoted = (tag, text, properties = {}) => el(tag, { dir: 'auto', ...properties }, text);

export const show = (element, ...children) => element.replaceChildren(...children.filter(Boolean));
