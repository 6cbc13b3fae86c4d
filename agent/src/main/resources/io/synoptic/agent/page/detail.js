// What a listener's row opens to.

import { el, keyed, setText } from './dom.js';
import { clock, count, duration, owner, percent, place, rate, words } from './format.js';
import { listenerRates } from './flows.js';

export function detail() {
  const list = el('dl', { class: 'detail' });
  return {
    node: el('tr', { class: 'opened', role: 'row' }, el('td', { colspan: '4', role: 'cell' }, list)),
    update({ space, it, time }) {
      keyed(list, facts(space, it, time), ([name]) => name, fact);
    },
  };
}

export function fact([name]) {
  const value = el('dd');
  return {
    node: el('div', {}, el('dt', {}, name), value),
    update([, text]) {
      setText(value, text);
    },
  };
}

const some = (counts) =>
  Object.entries(counts)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${name.toUpperCase()} ${count(n)}`)
    .join(', ') || 'none';

function facts(space, it, time) {
  const all = [
    ['Owner', owner(it) || 'not known'],
    ['Network namespace', place(space)],
    ['Sockets', count(it.sockets)],
    [
      'Accept queue',
      `${count(it.accept_queue_length)} of ${count(it.accept_queue_limit)}; highest of the last minute ${percent(it.accept_queue_peak_utilization)}`,
    ],
    ['Full', full(it, time)],
    ['Drops', `${count(it.drops)} in 10 min, ${count(it.drops_total)} since the agent started`],
    ['SYN queue', count(it.syn_queue_length) +
        (it.syn_queue_utilization === null ? '' : `, ${percent(it.syn_queue_utilization)} of its limit`),
   ],
    ['Connections', it.connections ? some(it.connections) : 'not known'],
  ];
  const stuck = ['retransmitting', 'zero_window', 'repeated_syn', 'keepalive']
    .filter((name) => it[name])
    .map((name) => `${words(name)} ${count(it[name])}`);
  if (stuck.length) {
    all.push(['Stuck', stuck.join(', ')]);
  }
  if (it.close_wait_oldest_seconds) {
    all.push(['Oldest CLOSE_WAIT', duration(it.close_wait_oldest_seconds)]);
  }
  const { handshakes } = it;
  if (handshakes) {
    const rates = listenerRates(space.netns, it);
    all.push([
      'Handshakes',
      `${count(handshakes.opened)} opened${rates === null ? '' : `, ${rate(rates)} now`}` +
        (handshakes.durations
          ? `; ${duration(handshakes.duration_seconds_sum / handshakes.durations)} each on average`
          : ''),
    ]);
  }
  return all;
}

function full(it, time) {
  if (it.full_since) {
    return `since ${clock(it.full_since, time)}; ${duration(it.full_seconds)} of the last 10 min`;
  }
  return it.last_full
    ? `until ${clock(it.last_full, time)}; ${duration(it.full_seconds)} of the last 10 min`
    : 'not in the last 10 min';
}
