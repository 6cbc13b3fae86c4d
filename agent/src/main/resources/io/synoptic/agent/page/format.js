// Figures, times and names as people read them.

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const TINY = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 2 });
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export const UNKNOWN = '–';

export const SEVERITY = {
  critical: { mark: '✖', word: 'critical' },
  warning: { mark: '▲', word: 'warning' },
  fine: { mark: '✓', word: 'fine' },
  unknown: { mark: '?', word: 'not known' },
};

export const count = (value) => (value === null ? UNKNOWN : COUNT.format(value));

/** In few characters: 12,345 is 12.3K. */
export const short = (value) =>
  value === null ? UNKNOWN : value < 10_000 ? COUNT.format(value) : SHORT.format(value);

/** In five characters at most. */
export const tiny = (value) => (value === null ? UNKNOWN : value < 10_000 ? COUNT.format(value) : TINY.format(value));

export const rate = (value) =>
  (value >= 10 || Number.isInteger(value) ? short(value) : value.toFixed(1)) + '/s';

export function percent(ratio) {
  if (ratio === null) {
    return UNKNOWN;
  }
  // Only what is full is 100 %.
  return (ratio >= 1 ? 100 : Math.min(99, Math.round(ratio * 100))) + ' %';
}

export function bytes(value) {
  if (value === null) {
    return UNKNOWN;
  }
  const power = value < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(value) / 10));
  const scaled = value / 1024 ** power;
  return `${scaled < 10 && power ? scaled.toFixed(1) : Math.round(scaled)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}

export function duration(seconds) {
  if (seconds === null) {
    return UNKNOWN;
  }
  const s = Math.max(0, Math.floor(seconds));
  if (s < 1 && seconds > 0) {
    return `${Math.round(seconds * 1000)} ms`;
  }
  if (s < 120) {
    return `${s} s`;
  }
  if (s < 7200) {
    return `${Math.floor(s / 60)} min`;
  }
  return s < 172_800 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86_400)} days`;
}

/** The reader's own time of day, with the date unless it is today. */
export function clock(iso) {
  const date = new Date(iso);
  const today = date.toDateString() === new Date().toDateString();
  return today ? CLOCK.format(date) : `${DAY.format(date)} ${CLOCK.format(date)}`;
}

/** `02:41:07, 12 min`; `now` is the agent's time in milliseconds. */
export const since = (iso, now) => `${clock(iso)}, ${duration((now - Date.parse(iso)) / 1000)}`;

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
      return it.unit || it.container || it.process || it.pod || 'connections of an unknown owner';
    case 'namespace':
      return place(it);
    default:
      return 'the host';
  }
}

export function figure({ value, unit }) {
  switch (unit) {
    case 'per_second':
      return rate(value);
    case 'seconds':
      return duration(value);
    case 'ratio':
      return percent(value);
    case 'bytes':
      return bytes(value);
    default:
      return count(value);
  }
}
