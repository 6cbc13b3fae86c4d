// Elements, and updates that touch only what has changed.

/** An element with attributes and children; text stays text. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    setAttribute(node, key, value);
  }
  node.append(...children);
  return node;
}

/** The same of SVG. */
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) {
    setAttribute(node, key, value);
  }
  node.append(...children);
  return node;
}

/** Null and false remove it. */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) {
      node.removeAttribute(name);
    }
    return;
  }
  const text = value === true ? '' : String(value);
  if (node.getAttribute(name) !== text) {
    node.setAttribute(name, text);
  }
}

/** Of a node that has no other children. */
export function setText(node, text) {
  const value = text ?? '';
  const only = node.firstChild;
  if (only?.nodeType === Node.TEXT_NODE && node.childNodes.length === 1) {
    if (only.data !== value) {
      only.data = value;
    }
  } else if (node.textContent !== value || node.childElementCount) {
    node.textContent = value;
  }
}

const rows = new WeakMap();

const AT_ONCE = 5;

/**
 * Makes the children of a parent those of the items, in their order. `create(item)` returns an object
 * with `node` and `update(item)`; what stays is kept, and moved only if its place is another. With
 * `later`, the updates are left to that list of functions, a few at a time.
 */
export function keyed(parent, items, keyOf, create, later = null) {
  let known = rows.get(parent);
  if (!known) {
    known = new Map();
    rows.set(parent, known);
    parent.replaceChildren();
  }
  const wanted = new Set(items.map(keyOf));
  for (const [key, row] of known) {
    if (!wanted.has(key)) {
      row.node.remove();
      known.delete(key);
    }
  }
  const ordered = items.map((item) => {
    const key = keyOf(item);
    if (!known.has(key)) {
      known.set(key, create(item));
      known.get(key).update(item);
    }
    return known.get(key);
  });
  arrange(parent, ordered.map((row) => row.node));
  const updates = ordered.map((row, i) => () => row.update(items[i]));
  if (!later) {
    updates.forEach((update) => update());
    return;
  }
  for (let i = 0; i < updates.length; i += AT_ONCE) {
    later.push(() => updates.slice(i, i + AT_ONCE).forEach((update) => update()));
  }
}

/** Moves as few of the children as can be. */
function arrange(parent, nodes) {
  const before = new Map([...parent.children].map((node, i) => [node, i]));
  const stays = longestRise(nodes.map((node) => before.get(node) ?? -1));
  // What is moved loses it.
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  let place = null;
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (!stays.has(i)) {
      parent.insertBefore(nodes[i], place);
    }
    place = nodes[i];
  }
  if (focused && focused !== document.activeElement) {
    focused.focus({ preventScroll: true });
  }
}

/** Where the longest rising part of some numbers is; negative ones are of no part. */
function longestRise(numbers) {
  const ends = [];
  const previous = [];
  numbers.forEach((number, i) => {
    if (number < 0) {
      return;
    }
    let length = ends.length;
    while (length > 0 && numbers[ends[length - 1]] > number) {
      length--;
    }
    previous[i] = length > 0 ? ends[length - 1] : -1;
    ends[length] = i;
  });
  const rise = new Set();
  for (let i = ends.at(-1) ?? -1; i >= 0; i = previous[i]) {
    rise.add(i);
  }
  return rise;
}

/** Runs functions one after the other, some of them in each frame: a frame has 16 ms for all it does. */
export function spread(work) {
  const frame = () => {
    const end = performance.now() + 1;
    do {
      work.shift()?.();
    } while (work.length && performance.now() < end);
    if (work.length) {
      requestAnimationFrame(frame);
    }
  };
  requestAnimationFrame(frame);
}

export const byId = (id) => document.getElementById(id);
