// The page: each answer of the agent goes to every part of it, some milliseconds a frame.

import { byId, setText, spread } from './dom.js';
import { clock } from './format.js';
import { showFindings, showWorst } from './findings.js';
import { setAnswers } from './flows.js';
import { closeListener, onListeners, showListeners } from './listeners.js';
import { choose, chosenOf, isChosen, onNamespace, showNamespaces } from './namespaces.js';
import { drawDiagram, showDiagram } from './diagram.js';
import { chooseState, chosenState, focusState, showState, showStates } from './states.js';
import { listen } from './keys.js';
import { Poll } from './poll.js';

let poll = null;
let work = [];

const filter = () => byId('filter').value.trim().toLowerCase();

/** What is not known has an empty list, so that only those ask who say that it is not known. */
function complete(now) {
  for (const namespace of now.namespaces) {
    namespace.knowsListeners = namespace.listeners !== null;
    namespace.listeners ??= [];
    namespace.counters ??= {};
  }
  return now;
}

/** Shows what there is; what an older call has not come to is left out. */
function show() {
  const { now } = poll;
  if (!now) {
    return;
  }
  const many = now.namespaces.length > 1;
  const chosen = chosenOf(now);
  const time = poll.time();
  work.length = 0; // also for the frames that still run
  work = [
    () => showFindings(now, time, many),
    () => showNamespaces(now, filter(), work),
    () => showListeners(chosen, filter(), time, chosen.length > 1, work),
    () => showDiagram(now, chosen, chosenState()),
    () => showState(chosen),
    () => showStates(chosen),
    () => document.body.classList.add('live'),
  ];
  spread(work);
}

function showAge() {
  const { now } = poll;
  const stale = poll.stale();
  const banner = byId('stale');
  banner.hidden = !stale;
  if (stale) {
    setText(banner, `${stale.why}. ${stale.since ? `The figures are those of ${clock(stale.since, poll.time())}.` : ''}`);
  }
  document.body.classList.toggle('stale', Boolean(stale));
  if (now) {
    showWorst(now, stale);
    const { taken_at: takenAt, refresh_seconds: refresh, source, fallback, source_reason: reason } = now.scan;
    const pace = refresh > 1 ? `every ${refresh} s, because reading takes long here` : 'every second';
    setText(byId('taken'), `${takenAt ? `read ${clock(takenAt, poll.time())}` : 'not read yet'}, ${pace}`);
    setText(byId('source'), source ? `· ${source}${fallback ? ` (${reason})` : ''}` : '');
  }
}

function onState(state) {
  chooseState(state);
  show();
  if (chosenState()) {
    requestAnimationFrame(() => requestAnimationFrame(focusState));
  }
}

function onEscape() {
  if (chosenState()) {
    const box = document.querySelector(`g[data-state="${chosenState()}"]`);
    chooseState(null);
    box.focus();
  } else if (!closeListener() && isChosen()) {
    choose(null);
  }
  show();
}

byId('states').open = false;
drawDiagram(onState);
onNamespace(show);
onListeners(show);
byId('state-close').addEventListener('click', onEscape);
byId('filter').addEventListener('input', show);
listen(onEscape);
poll = new Poll(
  '/api/v1/now',
  (answer, previous) => {
    const now = complete(answer);
    setAnswers(now, previous);
    show();
  },
  showAge,
);
