// Network namespaces and pods, the worst first; one of them can be chosen.

import { byId, el, keyed, setAttribute, setText } from './dom.js';
import { SEVERITY, brief, place } from './format.js';

const SHOWN = 8;
const BY_NAME = new Intl.Collator('en', { numeric: true });
const RANK = { critical: 0, warning: 1 };

let chosen = null;
let all = false;
let onChoice = () => {};

/** Those whose figures are shown: the chosen one, or all. */
export function chosenOf(now) {
  const one = chosen === null ? null : now.namespaces.find((each) => each.netns === chosen);
  if (chosen !== null && !one) {
    chosen = null;
  }
  return one ? [one] : now.namespaces;
}

export function onNamespace(change) {
  onChoice = change;
  byId('namespaces-all').addEventListener('click', () => {
    all = !all;
    onChoice();
  });
  byId('namespaces-every').addEventListener('click', () => choose(null));
}

/** Null for all. */
export function choose(netns) {
  chosen = netns;
  onChoice();
}

export const isChosen = () => chosen !== null;

const total = ({ states }) =>
  states &&
  Object.entries(states)
    .filter(([state]) => state !== 'listen')
    .reduce((sum, [, { ipv4, ipv6 }]) => sum + ipv4 + ipv6, 0);

/** In tenths from the half on: what differs by less keeps its place. */
const fullest = ({ listeners }) => {
  const most = listeners.reduce((n, each) => Math.max(n, each.accept_queue_peak_utilization ?? 0), 0);
  return most < 0.5 ? 0 : Math.floor(10 * most);
};

const full = ({ listeners }) => listeners.filter((each) => each.full_since).length;

export function showNamespaces(now, filter, later) {
  const section = byId('namespaces');
  section.hidden = now.namespaces.length < 2;
  if (section.hidden) {
    return;
  }
  const ranked = now.namespaces
    .map((it) => ({ it, name: place(it), rank: RANK[it.worst] ?? 2, fullest: fullest(it) }))
    .filter(({ it, name }) => !filter || it.netns === chosen || matches(it, name, filter))
    .sort((a, b) => a.rank - b.rank || b.fullest - a.fullest || BY_NAME.compare(a.name, b.name));
  const shown = all ? ranked : ranked.slice(0, SHOWN);
  keyed(byId('namespaces-list'), shown, ({ it }) => it.netns, row, later);
  setText(byId('namespaces-count'), String(now.namespaces.length));
  const button = byId('namespaces-all');
  button.hidden = ranked.length <= SHOWN;
  setText(button, all ? `Show the worst ${SHOWN}` : `Show all ${ranked.length}`);
  setAttribute(byId('namespaces-every'), 'aria-pressed', chosen === null);
  const unlisted = byId('namespaces-unlisted');
  unlisted.hidden = !now.unlisted_namespaces;
  setText(unlisted, `${now.unlisted_namespaces} more are not read: --netns.max`);
}

/** A filter that names a listener keeps its namespace. */
const matches = ({ netns, listeners }, name, filter) =>
  `${name} ${netns}`.toLowerCase().includes(filter) ||
  listeners.some(({ address, port }) => `${address}:${port}`.includes(filter));

function row({ it: { netns } }) {
  const mark = el('span', { class: 'mark' });
  const name = el('span');
  const button = el('button', { type: 'button', class: 'link', 'data-item': true }, mark, ' ', name);
  button.addEventListener('click', () => choose(chosen === netns ? null : netns));
  const cells = [el('td'), el('td'), el('td')];
  const node = el('tr', {}, el('th', { scope: 'row' }, button), ...cells);
  return {
    node,
    update({ it, name: text }) {
      const severity = SEVERITY[it.worst ?? 'fine'];
      setAttribute(node, 'data-severity', it.worst ?? 'fine');
      setText(mark, severity.mark);
      setAttribute(mark, 'title', severity.word);
      setText(name, text);
      setAttribute(button, 'aria-label', `${text}: ${severity.word}`);
      setAttribute(button, 'aria-pressed', String(chosen === netns));
      setText(cells[0], brief(total(it)));
      setText(cells[1], brief(it.listeners.length));
      const full_ = full(it);
      setText(cells[2], full_ ? `${full_} full` : '');
    },
  };
}
