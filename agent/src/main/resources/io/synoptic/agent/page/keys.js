// The keyboard: every control can be reached with Tab; these are shorter.

import { byId } from './dom.js';

const HELD = 'input, select, textarea';

function items() {
  return [...document.querySelectorAll('[data-item]')].filter((each) => each.checkVisibility());
}

function move(step) {
  const all = items();
  const from = document.activeElement;
  const isAfter = (each) => from.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING;
  const rest = all.filter((each) => each !== from && Boolean(isAfter(each)) === step > 0);
  const next = step > 0 ? rest[0] : (from === document.body ? all : rest).at(-1);
  if (next) {
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
  }
}

/** `onEscape` closes what is open. */
export function listen(onEscape) {
  const help = byId('help');
  const filter = byId('filter');
  byId('help-open').addEventListener('click', () => help.showModal());
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) {
      return;
    }
    if (event.key === 'Escape') {
      if (document.activeElement === filter) {
        filter.value = '';
        filter.dispatchEvent(new Event('input'));
        filter.blur();
      } else {
        onEscape();
      }
      return;
    }
    if (event.target.matches(HELD)) {
      if (event.key === 'Enter' && event.target === filter) {
        event.preventDefault();
        move(1);
      }
      return;
    }
    const act = {
      '/': () => {
        filter.focus();
        filter.select();
      },
      '?': () => help.showModal(),
      j: () => move(1),
      k: () => move(-1),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    } else if ((event.key === 'Enter' || event.key === ' ') && event.target.matches('g[role=button]')) {
      // Of SVG, which has no buttons.
      event.preventDefault();
      event.target.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    }
  });
}
