// The states of TCP as in the textbook: the handshake above, the close below, a column for who closes
// first. An edge moves where a counter says that connections pass, and nowhere else.

import { byId, setAttribute, setText, svg } from './dom.js';
import { SEVERITY, brief, rate, tiny } from './format.js';
import { flows } from './flows.js';

const BOX = { width: 108, height: 44 };

/** Where each state is, and its halves; LISTEN and half-made connections have one direction. */
const STATES = {
  listen: { x: 250, y: 18, halves: ['inbound'] },
  syn_sent: { x: 2, y: 90, halves: ['outbound'] },
  syn_recv: { x: 250, y: 90, halves: ['inbound'] },
  established: { x: 2, y: 178, width: 232, halves: ['inbound', 'outbound'] },
  fin_wait1: { x: 2, y: 264, halves: ['inbound', 'outbound'] },
  closing: { x: 126, y: 264, halves: ['inbound', 'outbound'] },
  close_wait: { x: 250, y: 264, halves: ['inbound', 'outbound'] },
  fin_wait2: { x: 2, y: 334, halves: ['inbound', 'outbound'] },
  last_ack: { x: 250, y: 334, halves: ['inbound', 'outbound'] },
  time_wait: { x: 2, y: 404, halves: ['inbound', 'outbound'] },
};

/** Where connections end that are in no state any more. */
const ENDS = [
  { x: 136, y: 94, width: 88, height: 36, lines: ['failed'], flows: ['failed'] },
  { x: 262, y: 180, width: 96, height: 40, lines: ['reset', 'timed out'], flows: ['reset', 'timeout'] },
  { x: 250, y: 404, width: 108, height: 44, lines: ['gone'], flows: [] },
];

/** Each with the counter that it stands for, if any, and where its figure is. */
const EDGES = [
  { d: 'M304 62V88' },
  { d: 'M110 112H134', flow: 'failed', way: 'outbound' },
  { d: 'M250 112H226', flow: 'failed', way: 'inbound' },
  { d: 'M56 134V176', flow: 'opened', way: 'outbound', label: 'opened', at: [64, 158] },
  { d: 'M304 134V164H215V176', flow: 'opened', way: 'inbound', label: 'opened', at: [297, 158], end: true },
  { d: 'M234 200H260', flow: 'cut' },
  { d: 'M14 222V262' },
  { d: 'M220 222V236H346V262' },
  { d: 'M110 286H124' },
  { d: 'M56 308V332' },
  { d: 'M304 308V332' },
  { d: 'M56 378V402', flow: 'local', way: 'both', label: 'closed', at: [64, 395] },
  { d: 'M180 308V416H112', flow: 'both', way: 'both', label: '', at: [186, 364] },
  { d: 'M304 378V402', flow: 'peer', way: 'both', label: 'closed', at: [298, 395], end: true },
  { d: 'M110 436H248' },
];

const CAPTIONS = [
  ['we connect', 2, 83],
  ['peers connect', 250, 11],
  ['we close first', 22, 254],
  ['both at once', 180, 254, 'middle'],
  ['peer closes first', 338, 254, 'end'],
  ['a minute later', 179, 430, 'middle'],
];

const FOUND_AT = {
  accept_queue_full: 'listen',
  accept_queue_filling: 'listen',
  limited_by_backlog: 'listen',
  limited_by_somaxconn: 'listen',
  syn_queue_full: 'syn_recv',
  syn_flood: 'syn_recv',
  close_wait_forgotten: 'close_wait',
  ports_run_out: 'time_wait',
  time_wait_full: 'time_wait',
  connects_hang: 'syn_sent',
  connects_fail: 'syn_sent',
  orphans_near_limit: 'fin_wait1',
  retransmitting: 'established',
};

const boxes = {};
const edges = [];
const ends = [];

/** Draws it once; `onState` is called with the state that is chosen. */
export function drawDiagram(onState) {
  const root = svg('svg', { viewBox: '0 0 360 450', role: 'group', 'aria-label': 'TCP states and how connections pass through them' });
  root.append(
    svg(
      'defs',
      {},
      svg(
        'marker',
        { id: 'tip', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto', markerUnits: 'userSpaceOnUse' },
        svg('path', { d: 'M0 0L8 4L0 8z' }),
      ),
    ),
  );
  for (const edge of EDGES) {
    root.append(drawEdge(edge));
  }
  for (const [text, x, y, anchor] of CAPTIONS) {
    root.append(svg('text', { class: 'caption', x, y, 'text-anchor': anchor ?? 'start' }, text));
  }
  ENDS.forEach((end) => root.append(drawEnd(end)));
  for (const [state, place] of Object.entries(STATES)) {
    root.append(drawBox(state, place, onState));
  }
  byId('diagram').replaceChildren(root);
}

function drawEdge(edge) {
  const line = svg('path', { class: 'edge', d: edge.d, 'marker-end': 'url(#tip)' });
  const moving = svg('path', { class: 'flow', d: edge.d });
  const text = svg('text', { class: 'rate', 'text-anchor': edge.end ? 'end' : 'start' });
  if (edge.at) {
    setAttribute(text, 'x', edge.at[0]);
    setAttribute(text, 'y', edge.at[1]);
  }
  edges.push({ edge, line, moving, text });
  return svg('g', { 'aria-hidden': 'true' }, line, moving, text);
}

function drawEnd({ x, y, width, height, lines, flows: names }) {
  const texts = lines.map((line, i) => {
    const text = svg(
      'text',
      { class: 'end', x: x + width / 2, y: y + height / 2 + 4 + (i - (lines.length - 1) / 2) * 14, 'text-anchor': 'middle' },
      line,
    );
    ends.push({ text, line, flow: names[i] });
    return text;
  });
  return svg('g', {}, svg('rect', { class: 'end', x, y, width, height, rx: 4 }), ...texts);
}

function drawBox(state, { x, y, width = BOX.width, halves }, onState) {
  const half = width / halves.length;
  const mark = svg('text', { class: 'mark', 'aria-hidden': 'true', x: x + width - 7, y: y + 15, 'text-anchor': 'end' });
  const numbers = halves.map((direction, i) =>
    svg('text', { class: 'half', x: x + 7 + i * half, y: y + 36 }, svg('tspan', { class: 'way' }), ' ', svg('tspan')),
  );
  const node = svg(
    'g',
    { class: 'box', tabindex: '0', role: 'button', 'data-item': true, 'data-state': state },
    svg('rect', { x, y, width, height: BOX.height, rx: 4 }),
    svg('text', { class: 'name', x: x + 8, y: y + 15 }, state.toUpperCase()),
    ' ',
    svg('path', { class: 'rule', d: `M${x} ${y + 22}h${width}` + (halves.length > 1 ? `m${-half} 0v22` : '') }),
    mark,
    // Spaces, for who reads it aloud.
    ...numbers.flatMap((number) => [' ', number]),
  );
  node.addEventListener('click', () => onState(state));
  boxes[state] = { node, mark, numbers, halves };
  return node;
}

/** Sums of the namespaces that are shown. */
export function countsOf(namespaces, state) {
  const sum = { total: 0, inbound: 0, outbound: 0 };
  // What is not known of one is not known of all.
  const plus = (a, b) => (a === null || b === null ? null : a + b);
  for (const { states } of namespaces) {
    const { ipv4, ipv6, inbound, outbound } = states?.[state] ?? { ipv4: null, inbound: null, outbound: null };
    sum.total = plus(sum.total, plus(ipv4, ipv6));
    sum.inbound = plus(sum.inbound, inbound);
    sum.outbound = plus(sum.outbound, outbound);
  }
  return sum;
}

export function showDiagram(now, namespaces, chosenState) {
  const shown = new Set(namespaces.map((each) => each.netns));
  const worst = {};
  for (const { kind, severity, subject } of now.findings) {
    if (subject.kind === 'host' || shown.has(subject.netns)) {
      worst[FOUND_AT[kind]] ??= severity;
    }
  }
  for (const [state, box] of Object.entries(boxes)) {
    showBox(state, box, countsOf(namespaces, state), worst[state], state === chosenState);
  }
  const rates = flows(namespaces);
  for (const each of edges) {
    showEdge(each, rates);
  }
  for (const { text, line, flow } of ends) {
    setText(text, rates && flow ? `${line} ${rate(rates[flow].both)}` : line);
  }
  byId('diagram-still').hidden = rates !== null;
  const why = now.unknown.find((each) => each.what.startsWith('handshakes'))?.why;
  setText(byId('diagram-still'), `Nothing moves here without counts of handshakes. ${why ?? 'The option --collector.handshakes has them.'}`);
}

function showBox(state, { node, mark, numbers, halves }, sum, severity, chosen) {
  setAttribute(node, 'data-severity', severity ?? null);
  setText(mark, severity ? SEVERITY[severity].mark : '');
  setAttribute(node, 'aria-pressed', String(chosen));
  setAttribute(node, 'data-some', sum.total > 0);
  const split = halves.length > 1 && sum.inbound !== null;
  numbers.forEach((text, i) => {
    const [way, number] = text.querySelectorAll('tspan');
    setText(way, split ? ['in', 'out'][i] : '');
    setText(number, split ? tiny(sum[halves[i]]) : i === 0 ? brief(sum.total) : '');
  });
  const parts = split ? `in ${tiny(sum.inbound)} out ${tiny(sum.outbound)}` : brief(sum.total);
  const found = severity ? `, ${SEVERITY[severity].word}` : '';
  setAttribute(node, 'aria-label', `${state.toUpperCase()} ${parts}${found}`);
}

function showEdge({ edge, line, moving, text }, rates) {
  if (!edge.flow) {
    return;
  }
  const value = !rates ? 0 : edge.flow === 'cut' ? rates.reset.both + rates.timeout.both : rates[edge.flow][edge.way];
  const isMoving = value > 0;
  setAttribute(line, 'data-moving', isMoving);
  setAttribute(moving, 'data-moving', isMoving);
  if (isMoving) {
    // From a dash in two seconds to five in one, by the power of ten.
    const seconds = (2 / (1 + Math.min(9, 2.5 * Math.log10(1 + value)))).toFixed(1);
    if (moving.dataset.seconds !== seconds) {
      moving.dataset.seconds = seconds;
      moving.style.animationDuration = `${seconds}s`;
    }
  }
  if (edge.at) {
    setText(text, rates ? `${edge.label} ${rate(value)}`.trim() : '');
  }
}
