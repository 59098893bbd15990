// Keys to commands. Pure, so that it can be tested without a page.

const IN_LIST = { j: 'next', k: 'previous', o: 'open', Enter: 'open', r: 'reply', e: 'done', '/': 'search' };

// What a key asks for; null if it belongs to whoever has the focus.
export function command(event, { inField, onControl }) {
  // While an input method composes, every key is its own. WebKit reports the confirming Enter with code 229 only.
  if (event.isComposing || event.keyCode === 229) return null;
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) return inField ? 'send' : null;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === 'Escape') return inField ? 'leave' : null;
  if (inField) return null;
  if (event.key === 'Enter' && onControl) return null;
  return IN_LIST[event.key] ?? null;
}
