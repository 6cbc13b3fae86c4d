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

const AT_ONCE = 2;

/**
 * Makes the children of a parent those of the items, in their order. `create(item)` returns an object
 * with `node` and `update(item)`; what stays is kept, and moved only if its place is another. With
 * `later`, all but the first time is left to that list of functions, a few rows at a time.
 */
export function keyed(parent, items, keyOf, create, later = null) {
  let known = rows.get(parent);
  const atOnce = later && known ? AT_ONCE : items.length;
  if (!known) {
    known = new Map();
    rows.set(parent, known);
    parent.replaceChildren();
  }
  const keys = items.map(keyOf);
  const wanted = new Set(keys);
  for (const [key, row] of known) {
    if (!wanted.has(key)) {
      row.node.remove();
      known.delete(key);
    }
  }
  const before = new Map([...parent.children].map((node, i) => [node, i]));
  const stays = longestRise(keys.map((key) => before.get(known.get(key)?.node) ?? -1));
  let last = null;
  const show = (from) => {
    for (let i = from; i < Math.min(from + atOnce, items.length); i++) {
      if (!known.has(keys[i])) {
        known.set(keys[i], create(items[i]));
      }
      const { node, update } = known.get(keys[i]);
      update(items[i]);
      if (!stays.has(i)) {
        move(parent, node, last);
      }
      last = node;
    }
  };
  for (let i = 0; i < items.length; i += atOnce) {
    if (atOnce < items.length) {
      later.push(() => show(i));
    } else {
      show(i);
    }
  }
}

/** Puts a child behind another, or first. */
function move(parent, node, last) {
  // What is moved loses it.
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  parent.insertBefore(node, last ? last.nextSibling : parent.firstChild);
  if (focused) {
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
