// Listeners as bars, the fullest first.

import { byId, el, keyed, setAttribute, setText, svg } from './dom.js';
import { brief, clock, count, duration, endpoint, owner, percent, place, since } from './format.js';
import { detail } from './detail.js';

const SHOWN = 40;

let all = false;
let open = null;
let time = 0;
let many = false;

export function onListeners(change) {
  byId('listeners-all').addEventListener('click', () => {
    all = !all;
    change();
  });
  byId('listeners-list').addEventListener('click', (event) => {
    const key = event.target.closest('tr[data-key]')?.dataset.key;
    // A text that is being marked is no click; a key is one, whatever is marked.
    if (key !== undefined && (event.detail === 0 || getSelection().isCollapsed)) {
      open = open === key ? null : key;
      change();
    }
  });
}

export function closeListener() {
  const was = open;
  open = null;
  return was !== null;
}

const keyOf = ({ space, it }) => `${space.netns} ${it.address} ${it.port}`;

/** In twentieths: what differs by less keeps its place. */
const fullness = ({ accept_queue_utilization: now, accept_queue_peak_utilization: peak }) =>
  Math.floor(20 * Math.max(now ?? 0, peak ?? 0));

const compare = (a, b) =>
  Boolean(b.it.full_since) - Boolean(a.it.full_since) ||
  b.fullness - a.fullness ||
  (b.it.drops > 0) - (a.it.drops > 0) ||
  a.it.port - b.it.port ||
  (keyOf(a) < keyOf(b) ? -1 : 1);

const textOf = (space, it) =>
  `${endpoint(it.address, it.port)} ${owner(it)} ${place(space)} ${space.netns}`.toLowerCase();

/** Those of some namespaces that the filter names; `at` is the agent's time. */
export function showListeners(namespaces, filter, at, showsPlace, later) {
  time = at;
  many = showsPlace;
  const found = [];
  for (const space of namespaces) {
    for (const it of space.listeners) {
      if (!filter || textOf(space, it).includes(filter)) {
        found.push({ space, it, fullness: fullness(it) });
      }
    }
  }
  found.sort(compare);
  const shown = all ? found : found.slice(0, SHOWN);
  const list = byId('listeners-list');
  const rows = [];
  for (const each of shown) {
    rows.push(each);
    if (keyOf(each) === open) {
      rows.push({ ...each, isDetail: true, time });
    }
  }
  keyed(list, rows, (each) => (each.isDetail ? 'detail ' : '') + keyOf(each), (each) =>
    each.isDetail ? detail(each) : row(each),
    later,
  );
  const more = byId('listeners-all');
  more.hidden = found.length <= SHOWN;
  setText(more, all ? `Show the fullest ${SHOWN}` : `Show all ${count(found.length)}`);
  const sum = (name) => namespaces.reduce((n, each) => n + (each[name] ?? 0), 0);
  const total = namespaces.reduce((n, each) => n + each.listeners.length, 0);
  setText(byId('listeners-count'), found.length === total ? count(total) : `${count(found.length)} of ${count(total)}`);
  const none = byId('listeners-none');
  none.hidden = found.length > 0;
  setText(
    none,
    filter
      ? `No listener matches “${filter}”.`
      : namespaces.every((each) => each.knowsListeners)
        ? 'Nothing listens here.'
        : 'Listeners are not read here.',
  );
  const rest = byId('listeners-rest');
  const folded = sum('folded_listeners');
  const unlisted = sum('unlisted_listeners');
  rest.hidden = folded + unlisted === 0;
  setText(rest, `${count(folded + unlisted)} more are counted together as other:other (--listener.max)`);
}

function row(first) {
  const key = keyOf(first);
  const name = el('button', { type: 'button', class: 'link mono', 'data-item': true });
  const whose = el('span', { class: 'whose' });
  const fill = svg('rect', { class: 'fill', height: '10', x: '0', y: '0' });
  const peak = svg('path', { class: 'peak' });
  const bar = svg(
    'svg',
    { class: 'bar', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    fill,
    peak,
  );
  const level = el('span', { class: 'level' });
  const state = el('span', { class: 'state' });
  const drops = el('td', { class: 'number', role: 'cell' });
  const syn = el('td', { class: 'number wide', role: 'cell' });
  const node = el(
    'tr',
    { 'data-key': key, role: 'row' },
    el('th', { scope: 'row', role: 'rowheader' }, name, whose),
    el('td', { role: 'cell' }, el('div', { class: 'queue' }, bar, el('span', { class: 'levels' }, level, state))),
    drops,
    syn,
  );
  return {
    node,
    update({ space, it }) {
      const { accept_queue_utilization: ratio, accept_queue_peak_utilization: highest } = it;
      setText(name, endpoint(it.address, it.port));
      setAttribute(name, 'aria-expanded', String(open === key));
      const named = owner({ ...it, namespace: space.namespace, pod: many ? space.pod : '' });
      setText(whose, many && !space.pod ? [place(space), named].filter(Boolean).join(' · ') : named);
      setAttribute(node, 'data-level', it.full_since ? 'full' : (ratio ?? 0) >= 0.5 ? 'high' : 'low');
      setAttribute(fill, 'width', (100 * Math.min(1, ratio ?? 0)).toFixed(1));
      const at = highest === null ? null : (100 * Math.min(1, highest)).toFixed(1);
      setAttribute(peak, 'd', highest > 0 ? `M${at} -2V12` : null);
      setText(level, `${count(it.accept_queue_length)} / ${count(it.accept_queue_limit)}`);
      setText(state, situation(it, highest));
      setText(drops, brief(it.drops));
      setAttribute(drops, 'data-some', it.drops > 0);
      setText(syn, brief(it.syn_queue_length));
    },
  };
}

/** Beside the bar: what the last minutes were like. */
function situation(it, peak) {
  if (it.full_since) {
    return `full since ${since(it.full_since, time)}`;
  }
  if (it.last_full) {
    return `was full until ${clock(it.last_full, time)}, ${duration(it.full_seconds)} of 10 min`;
  }
  return peak > 0 ? `peak ${percent(peak)}` : '';
}
