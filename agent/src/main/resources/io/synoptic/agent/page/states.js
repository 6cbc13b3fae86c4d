// What a state means when connections pile up in it; the words are those of the table of states.

import { byId, keyed, setText } from './dom.js';
import { count, duration, endpoint, owner, place } from './format.js';
import { countsOf } from './diagram.js';
import { fact } from './detail.js';

let chosen = null;

export const chosenState = () => chosen;

export function chooseState(state) {
  chosen = chosen === state ? null : state;
}

const sumOf = (namespaces, of) => namespaces.reduce((sum, each) => sum + (of(each) ?? 0), 0);

/** Of listeners and of what was begun here. */
const timer = (namespaces, name) =>
  sumOf(namespaces, (each) => (each.outbound?.[name] ?? 0) + sumOf(each.listeners, (it) => it[name]));

const counter = (namespaces, name) => {
  const known = namespaces.map((each) => each.counters[name]).filter((n) => n !== null && n !== undefined);
  return known.length ? Math.max(...known) : null;
};

function oldestCloseWait(namespaces) {
  let oldest = null;
  const offer = (seconds, whose) => {
    if (seconds !== null && seconds > (oldest?.seconds ?? 0)) {
      oldest = { seconds, whose };
    }
  };
  for (const space of namespaces) {
    offer(space.outbound?.close_wait_oldest_seconds ?? null, `outbound, ${place(space)}`);
    for (const it of space.listeners) {
      offer(it.close_wait_oldest_seconds, endpoint(it.address, it.port));
    }
    for (const it of space.owners) {
      // An owner says more than a listener of the same age.
      offer((it.close_wait_oldest_seconds ?? 0) + 0.001, owner(it) || 'owner not known');
    }
  }
  return oldest && oldest.seconds >= 1 ? `${duration(oldest.seconds)}: ${oldest.whose}` : null;
}

/** What is stuck in a state, by name; null is not shown. */
const STUCK = {
  listen: (all) => [['Full now', count(sumOf(all, (each) => each.listeners.filter((it) => it.full_since).length))]],
  syn_sent: (all) => [['SYN sent more than once', count(timer(all, 'repeated_syn'))]],
  syn_recv: (all) => [
    ['In SYN queues', count(sumOf(all, (each) => sumOf(each.listeners, (it) => it.syn_queue_length)))],
  ],
  established: (all) => [
    ['Retransmitting', count(timer(all, 'retransmitting'))],
    ['Peer takes nothing (zero window)', count(timer(all, 'zero_window'))],
  ],
  fin_wait1: (all) => [['Orphans, which no program has open', count(sumOf(all, (each) => each.orphans))]],
  close_wait: (all) => [['Oldest', oldestCloseWait(all)]],
  time_wait: (all) => [
    ['Most local ports towards one destination', count(Math.max(...all.map((each) => each.busiest_destination_ports ?? 0)))],
    ['Limit of all (tcp_max_tw_buckets)', limitOf(all, 'net.ipv4.tcp_max_tw_buckets')],
  ],
};

function limitOf(namespaces, name) {
  const limit = counter(namespaces, name);
  return limit === null ? null : count(limit);
}

/** Whose connections are in it, the most first. */
function whose(namespaces, state) {
  const found = [];
  for (const space of namespaces) {
    for (const it of space.owners) {
      found.push([it.connections[state] ?? 0, `${owner(it) || 'owner not known'} (${it.direction})`]);
    }
    for (const it of space.listeners) {
      found.push([it.connections?.[state] ?? 0, endpoint(it.address, it.port)]);
    }
  }
  return found
    .filter(([n]) => n > 0)
    .sort(([a], [b]) => b - a)
    .slice(0, 4)
    .map(([n, name]) => `${name} ${count(n)}`)
    .join('; ');
}

export function showState(namespaces) {
  const panel = byId('state');
  panel.hidden = chosen === null;
  if (chosen === null) {
    return;
  }
  const row = document.querySelector(`#states-list tr[data-state="${chosen}"]`);
  setText(byId('state-name'), chosen.toUpperCase());
  setText(byId('state-meaning'), row.querySelector('.meaning').textContent);
  const { total } = countsOf(namespaces, chosen);
  const facts = [
    ['Now', count(total)],
    ['Who must act', row.querySelector('.acts').textContent],
    ['What ends it', row.querySelector('.ends').textContent],
    ...(STUCK[chosen]?.(namespaces) ?? []),
    ['Most of them', whose(namespaces, chosen)],
  ];
  keyed(byId('state-facts'), facts.filter(([, text]) => text), ([name]) => name, fact);
}

/** The table below the diagram. */
export function showStates(namespaces) {
  for (const row of byId('states-list').rows) {
    const sum = countsOf(namespaces, row.dataset.state);
    const [total, inbound, outbound] = row.querySelectorAll('td.number');
    setText(total, count(sum.total));
    setText(inbound, count(sum.inbound));
    setText(outbound, count(sum.outbound));
  }
}

/** An element of the panel that a screen reader goes to when the panel opens. */
export const focusState = () => byId('state-name').focus();

