// How many connections a second passed where the kernel's handshake counters count.

let now = null;
let previous = null;

/** Takes in two answers, one after the other. */
export function setAnswers(newer, older) {
  now = newer;
  previous = older;
}

function seconds() {
  return previous?.scan.taken_at && now.scan.taken_at
    ? (Date.parse(now.scan.taken_at) - Date.parse(previous.scan.taken_at)) / 1000
    : 0;
}

const sum = (counts) => Object.values(counts ?? {}).reduce((total, n) => total + n, 0);

/** Each flow, and what of a direction's counters it is. */
const FLOWS = {
  opened: (h) => h.opened,
  failed: (h) => sum(h.failed),
  local: (h) => h.closed.local.fin,
  peer: (h) => h.closed.peer.fin,
  both: (h) => h.closed.both.fin,
  reset: (h) => h.closed.local.reset + h.closed.peer.reset + h.closed.both.reset,
  timeout: (h) => h.closed.local.timeout + h.closed.peer.timeout + h.closed.both.timeout,
};

/**
 * Of the namespaces shown: null where handshakes are not counted, else for each flow how many a second
 * in each direction. Before the second answer nothing is known to move.
 */
export function flows(namespaces) {
  if (!namespaces.some((each) => each.handshakes)) {
    return null;
  }
  const time = seconds();
  const before = new Map((previous?.namespaces ?? []).map((each) => [each.netns, each.handshakes]));
  const rates = {};
  for (const [name, of] of Object.entries(FLOWS)) {
    rates[name] = { inbound: 0, outbound: 0 };
    for (const direction of ['inbound', 'outbound']) {
      for (const { netns, handshakes } of namespaces) {
        const old = before.get(netns);
        if (time > 0 && handshakes && old) {
          // Less than before is another agent.
          rates[name][direction] += Math.max(0, of(handshakes[direction]) - of(old[direction])) / time;
        }
      }
    }
    rates[name].both = rates[name].inbound + rates[name].outbound;
  }
  return rates;
}

/** Connections opened at a listener each second, or null. */
export function listenerRates(netns, { address, port, handshakes }) {
  const old = previous?.namespaces
    .find((each) => each.netns === netns)
    ?.listeners.find((each) => each.address === address && each.port === port)?.handshakes;
  const time = seconds();
  return old && time > 0 && handshakes.opened >= old.opened ? (handshakes.opened - old.opened) / time : null;
}
