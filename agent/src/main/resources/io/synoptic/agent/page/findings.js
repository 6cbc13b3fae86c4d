// What is wrong, the worst first.

import { byId, el, keyed, setAttribute, setText } from './dom.js';
import { SEVERITY, figure, since, status, subject, whose, words } from './format.js';

const keyOf = ({ kind, subject: s }) =>
  [kind, s.kind, s.netns, s.address, s.port, s.unit, s.container, s.process].join(' ');

let time = 0;
let showsPlace = false;
let opened = false;

/** At the agent's time; `many` is whether there is more than one network namespace. */
export function showFindings(now, at, many) {
  const { findings } = now;
  time = at;
  showsPlace = many;
  const list = byId('findings-list');
  keyed(list, findings, keyOf, card);
  // The worst is open at first; what the reader has closed stays closed.
  if (!opened && findings.length) {
    opened = true;
    list.firstElementChild.open = true;
  }
  const fine = byId('findings-none');
  fine.hidden = findings.length > 0;
  if (!fine.hidden) {
    setText(
      fine,
      now.status === 'unknown'
        ? '? There are no figures to judge.'
        : '✓ Nothing is wrong that can be seen from here.',
    );
  }
  showUnknown(now.unknown);
}

function showUnknown(unknown) {
  byId('unknown').hidden = !unknown.length;
  setText(byId('unknown-count'), `Not known here: ${unknown.map((each) => each.what).join(', ')}`);
  keyed(byId('unknown-list'), unknown, (each) => each.what, () => {
    const what = el('dt');
    const why = el('dd');
    return {
      node: el('div', {}, what, why),
      update(each) {
        setText(what, each.what);
        setText(why, each.why);
      },
    };
  });
}

function card() {
  const mark = el('span', { class: 'mark', 'aria-hidden': 'true' });
  const severity = el('span', { class: 'severity' });
  const name = el('span', { class: 'subject' });
  const summary = el('span', { class: 'what' });
  const about = el('span', { class: 'whose' });
  const began = el('span', { class: 'since' });
  const evidence = el('dl', { class: 'evidence' });
  const meaning = el('p');
  const actions = el('ol', { class: 'actions' });
  const avoid = el('p');
  const avoided = el('div', { class: 'avoid' }, el('h4', {}, 'What not to do'), avoid);
  const more = el('p', { class: 'more' });
  const node = el(
    'details',
    { class: 'finding' },
    el(
      'summary',
      { 'data-item': true },
      mark,
      el('h3', {}, severity, ' ', name, ' ', summary),
      el('span', { class: 'about' }, about, began),
    ),
    el(
      'div',
      { class: 'body' },
      evidence,
      el('h4', {}, 'What it means'),
      meaning,
      el('h4', {}, 'What to do'),
      actions,
      avoided,
      more,
    ),
  );
  const update = (finding) => {
    const { mark: sign, word } = SEVERITY[finding.severity];
    setAttribute(node, 'data-severity', finding.severity);
    setText(mark, sign);
    setText(severity, word);
    setText(name, subject(finding.subject));
    setText(summary, finding.summary);
    setText(about, whose(finding.subject, showsPlace));
    setText(began, finding.since ? `since ${since(finding.since, time)}` : 'since when is not known');
    keyed(evidence, finding.evidence, (each) => each.name, evidenceRow);
    setText(meaning, finding.meaning);
    keyed(actions, finding.actions, (each) => each.text + each.command, actionRow);
    avoided.hidden = !finding.avoid;
    setText(avoid, finding.avoid);
    more.hidden = !finding.symptom;
    setText(more, `${words(finding.kind)} · docs/troubleshooting.md#${finding.symptom}`);
  };
  return { node, update };
}

function evidenceRow() {
  const name = el('dt');
  const value = el('dd');
  return {
    node: el('div', {}, name, value),
    update(each) {
      setText(name, each.name);
      setText(value, figure(each));
      setAttribute(value, 'title', each.metric || null);
    },
  };
}

function actionRow({ text, command }) {
  const node = el('li', {}, text);
  if (command) {
    const code = el('code', {}, command);
    const button = el('button', { type: 'button', class: 'copy' }, 'Copy');
    setAttribute(button, 'aria-label', `Copy the command ${command}`);
    button.addEventListener('click', () => copy(code, button));
    node.append(el('div', { class: 'command' }, code, button));
  }
  return { node, update() {} };
}

/** Browsers give the clipboard to https and localhost alone; elsewhere the old way works. */
async function copy(code, button) {
  let copied = false;
  try {
    await navigator.clipboard.writeText(code.textContent);
    copied = true;
  } catch {
    getSelection().selectAllChildren(code);
    copied = document.execCommand('copy');
    if (copied) {
      getSelection().removeAllRanges();
    }
  }
  setText(button, copied ? 'Copied' : 'Ctrl+C');
  setText(byId('said'), copied ? 'Copied' : 'The command is marked: copy it with Ctrl+C');
  setTimeout(() => setText(button, 'Copy'), 2000);
}

let said = null;
let saidAt = 0;

/** The tab's title, the word in the header, the icon; and aloud when the worst finding is another. */
export function showWorst(now, stale) {
  const worst = now.findings[0];
  const { mark } = SEVERITY[stale ? 'unknown' : now.status];
  const headline = stale
    ? 'no new figures'
    : worst
      ? `${subject(worst.subject)} ${words(worst.kind)}`
      : SEVERITY[now.status].word;
  const title = `${mark} ${headline} · ${now.agent.host}`;
  if (document.title !== title) {
    document.title = title;
  }
  const line = byId('status');
  setAttribute(line, 'data-severity', stale ? 'unknown' : now.status);
  setText(line, `${mark} ${stale ? headline : status(now)}`);
  setAttribute(byId('icon'), 'href', `/page/${stale ? 'unknown' : now.status}.svg`);
  const key = stale ? 'stale' : worst ? keyOf(worst) : now.status;
  if (key !== said && Date.now() - saidAt > 5000) {
    // What was there when the page came is read as the page.
    if (said !== null) {
      setText(byId('said'), headline);
    }
    said = key;
    saidAt = Date.now();
  }
}
