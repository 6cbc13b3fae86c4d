// Figures, times and names as people read them; the commands have the same, io.synoptic.agent.text.

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export const UNKNOWN = '–';

export const SEVERITY = {
  critical: { mark: '✖', word: 'critical' },
  warning: { mark: '▲', word: 'warning' },
  fine: { mark: '✓', word: 'fine' },
  unknown: { mark: '?', word: 'not known' },
};

export const count = (value) => (value === null ? UNKNOWN : COUNT.format(value));

/** With so many digits behind the point. */
function fixed(value, places) {
  const digits = String(Math.round(value * 10 ** places)).padStart(places + 1, '0');
  return places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
}

/** From ten thousand on in so many digits: 12,345 is 12.3K. */
function abbreviated(value, digits) {
  if (value === null || value < 10_000) {
    return count(value);
  }
  let power = 0;
  let scaled = value;
  while (scaled >= 999.5 && power < 4) {
    scaled /= 1000;
    power++;
  }
  let places = digits - 1;
  while (places > 0 && Math.round(scaled * 10 ** places) >= 10 ** digits) {
    places--;
  }
  return fixed(scaled, places) + ['', 'K', 'M', 'B', 'T'][power];
}

/** A count where there is little room. */
export const brief = (value) => abbreviated(value, 3);

/** In five characters at most. */
export const tiny = (value) => abbreviated(value, 2);

/** A number that need not be whole. */
export const amount = (value) => (value >= 10 || Number.isInteger(value) ? count(value) : fixed(value, 1));

/** Where there is little room. */
export const rate = (value) => `${value < 10_000 ? amount(value) : brief(value)}/s`;

/** What is not full is never 100 %, and what is full always. */
export function percent(ratio) {
  if (ratio === null) {
    return UNKNOWN;
  }
  const rounded = Math.round(ratio * 100);
  return `${ratio < 1 ? Math.min(99, rounded) : rounded} %`;
}

export function bytes(value) {
  if (value === null) {
    return UNKNOWN;
  }
  let power = 0;
  let scaled = value;
  while (scaled >= 1024 && power < 4) {
    scaled /= 1024;
    power++;
  }
  return `${fixed(scaled, scaled < 10 && power ? 1 : 0)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}

export function duration(seconds) {
  if (seconds === null) {
    return UNKNOWN;
  }
  if (seconds > 0 && seconds < 1) {
    const millis = Math.min(999, Math.round(seconds * 1000));
    return millis < 1 ? 'under 1 ms' : `${millis} ms`;
  }
  const s = Math.max(0, Math.floor(seconds));
  if (s < 120) {
    return `${s} s`;
  }
  if (s < 7200) {
    return `${Math.floor(s / 60)} min`;
  }
  return s < 172_800 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86_400)} days`;
}

const two = (number) => String(number).padStart(2, '0');

/** The reader's own time of day, with the date unless it is today's; `now` in milliseconds. */
export function clock(iso, now) {
  const date = new Date(iso);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return date.toDateString() === new Date(now).toDateString()
    ? time
    : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** `02:41:07, 12 min`; `now` is the agent's time in milliseconds. */
export const since = (iso, now) => `${clock(iso, now)}, ${duration((now - Date.parse(iso)) / 1000)}`;

export const words = (label) => label.replaceAll('_', ' ');

export const endpoint = (address, port) =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;

/** Of a network namespace, or of a subject that is in one. */
export const place = ({ netns, namespace, pod }) =>
  pod ? `${namespace}/${pod}` : netns || 'own namespace';

/** Who a listener or connections belong to. */
export const owner = ({ unit, container, namespace, pod, process }) =>
  [pod ? `${namespace}/${pod}` : '', container, unit, process].filter(Boolean).join(' · ');

export function subject(it) {
  switch (it.kind) {
    case 'listener':
      return endpoint(it.address, it.port);
    case 'owner':
      return owner(it) || 'connections of an unknown owner';
    case 'namespace':
      return place(it);
    default:
      return 'the host';
  }
}

/** Who and where that is, as far as the subject's name does not say it. */
export function whose(it, many) {
  const isPlaced = it.kind === 'listener' || it.kind === 'owner';
  return [
    it.kind === 'listener' ? owner(it) : '',
    many && isPlaced && !it.pod ? place({ netns: it.netns }) : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

/** How many findings there are of each severity, or that there are none. */
export function status({ findings, status: label }) {
  const of = (severity) => findings.filter((each) => each.severity === severity).length;
  const critical = of('critical');
  const warnings = of('warning');
  const parts = [];
  if (critical) {
    parts.push(`${count(critical)} critical`);
  }
  if (warnings) {
    parts.push(`${count(warnings)} ${warnings === 1 ? 'warning' : 'warnings'}`);
  }
  return parts.join(', ') || SEVERITY[label].word;
}

/** A figure of a finding. */
export function figure({ value, unit }) {
  switch (unit) {
    case 'per_second':
      return `${amount(value)}/s`;
    case 'seconds':
      return duration(value);
    case 'ratio':
      return percent(value);
    case 'bytes':
      return bytes(value);
    default:
      return amount(value);
  }
}
