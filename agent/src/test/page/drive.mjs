// Drives a browser through the page. Reads a line of JSON for each scenario, `{scenario, ...}`, and
// answers with one. The modules are those of $PAGE_MODULES.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const require = createRequire(`${process.env.PAGE_MODULES}/`);
const puppeteer = require('puppeteer-core');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
});

/** What no page may do: `complaints` has it. */
function watch(page, complaints, url) {
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) {
      complaints.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) {
      complaints.push(`asks ${request.url()}`);
    }
  });
}

async function open({ url, width = 1280, height = 800, scheme = 'light', motion = 'no-preference', script = true, user, scale = 1 }, complaints) {
  const page = await browser.newPage();
  watch(page, complaints, url);
  await page.setViewport({ width, height, deviceScaleFactor: scale });
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: scheme },
    { name: 'prefers-reduced-motion', value: motion },
  ]);
  await page.setJavaScriptEnabled(script);
  if (user) {
    await page.authenticate({ username: user[0], password: user[1] });
  }
  const start = Date.now();
  await page.goto(url, { waitUntil: 'load' });
  if (script) {
    await page.waitForSelector('body.live');
  }
  return { page, start };
}

const text = (page, selector) => page.$eval(selector, (node) => node.innerText);

/** Waits until a function of the page is true of an argument. */
const until = (page, condition, ...args) => page.waitForFunction(condition, { timeout: 60_000, polling: 50 }, ...args);

const SCENARIOS = {
  /** How long it takes until a text is in the first screen, with JavaScript at work. */
  async firstScreen(args, complaints) {
    const { page, start } = await open(args, complaints);
    await until(
      page,
      (wanted) =>
        wanted.every((each) =>
          [...document.querySelectorAll('main *')].some((node) => {
            const { top, bottom } = node.getBoundingClientRect();
            return !node.childElementCount && node.textContent.includes(each) && top >= 0 && bottom <= innerHeight && bottom > top;
          }),
        ),
      args.texts,
    );
    return { millis: Date.now() - start, title: await page.title(), text: await text(page, 'body'), page };
  },

  /** What axe finds, with all that can be opened open, and whether anything scrolls sideways. */
  async axe(args, complaints) {
    const { page } = await open(args, complaints);
    await page.evaluate(() => {
      document.querySelectorAll('details').forEach((each) => (each.open = true));
      document.querySelector('#listeners-list button').click();
      document.querySelector('g[data-state=close_wait]').dispatchEvent(new MouseEvent('click', { bubbles: true }));
    });
    await until(page, () => document.querySelector('tr.opened') && !document.getElementById('state').hidden);
    const violations = [];
    const check = async () => {
      await page.evaluate(AXE);
      const found = await page.evaluate(() => globalThis.axe.run());
      for (const { id, nodes } of found.violations) {
        violations.push(`${id}: ${nodes.map((node) => node.html).slice(0, 3).join(' | ')}`);
      }
    };
    await check();
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('body *')]
        .filter((node) => node.checkVisibility() && !node.closest('.aside, svg') && node.getBoundingClientRect().right > innerWidth + 0.5)
        .map((node) => node.outerHTML.slice(0, 90)),
    );
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    await check();
    return { violations, sideways, wide, page };
  },

  async keyboard(args, complaints) {
    const { page } = await open(args, complaints);
    const focus = () =>
      page.evaluate(() => {
        const { activeElement: at } = document;
        return at === document.body ? '' : (at.getAttribute('aria-label') ?? at.textContent).trim();
      });
    const seen = {};
    await page.keyboard.press('/');
    await page.keyboard.type(args.filter);
    await until(page, () => document.querySelectorAll('#listeners-list tr').length === 1);
    seen.filtered = await text(page, '#listeners-count');
    await page.keyboard.press('Enter');
    while ((await focus()) !== args.listener) {
      await page.keyboard.press('j');
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector('tr.opened');
    seen.opened = await text(page, 'tr.opened');
    await page.keyboard.press('Escape');
    await until(page, () => !document.querySelector('tr.opened'));
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    await until(page, () => document.querySelectorAll('#listeners-list tr').length > 1);
    for (let i = 0; i < 60 && !(await focus()).startsWith('CLOSE_WAIT'); i++) {
      await page.keyboard.press('j');
    }
    seen.state = await focus();
    await page.keyboard.press('k');
    seen.before = await focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await until(page, () => !document.getElementById('state').hidden);
    seen.panel = await text(page, '#state');
    await page.keyboard.press('Escape');
    await until(page, () => document.getElementById('state').hidden);
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Escape');
    await until(page, () => !document.querySelector('dialog[open]'));
    return { ...seen, page };
  },

  /** Its text, and what a text from outside has become. */
  async plain(args, complaints) {
    const { page } = await open({ ...args, script: args.script ?? false }, complaints);
    const html = await page.content();
    return {
      title: await page.title(),
      text: await page.evaluate(() => document.body.innerText),
      tables: await page.evaluate(() => document.querySelectorAll('main table').length),
      scripts: html.match(/<script/g)?.length ?? 0,
      bidi: await page.evaluate(() => [
        ...new Set(
          [...document.querySelectorAll('.subject, .whose, .what, main .mono, dt, dd, code')].map((node) => getComputedStyle(node).unicodeBidi),
        ),
      ]),
      sideways: await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
      page,
    };
  },

  /** How often it asks, while it is shown and while it is hidden. */
  async hidden(args, complaints) {
    const { page } = await open(args, complaints);
    let asked = 0;
    page.on('request', () => asked++);
    const someAreAsked = async () => {
      for (let i = 0; i < 600 && !asked; i++) {
        await pause(50);
      }
      return asked;
    };
    const shown = await someAreAsked();
    const other = await browser.newPage();
    await other.bringToFront();
    await until(page, () => document.hidden);
    await pause(300);
    asked = 0;
    await pause(args.millis);
    const hidden = asked;
    await page.bringToFront();
    const again = await someAreAsked();
    await other.close();
    return { shown, hidden, again, page };
  },

  /** Opens a page that stays, for `stale`. */
  async stay(args, complaints) {
    const { page } = await open(args, complaints);
    staying = page;
    return {};
  },

  /** Waits until the page that stays is grey, or is not any more. */
  async stale({ is }) {
    await until(staying, (wanted) => document.body.classList.contains('stale') === wanted, is);
    return {
      banner: await text(staying, '#stale'),
      title: await staying.title(),
      filter: await staying.$eval('main', (node) => getComputedStyle(node).filter),
      page: is ? undefined : staying,
    };
  },

  /**
   * What updates of a large host cost the browser: the CPU time of each task of the page's main thread; and
   * the bytes of all that is sent until it shows the figures.
   */
  async frames({ namespaces, listeners, millis, ...args }, complaints) {
    const { page } = await open(args, complaints);
    await until(
      page,
      (...wanted) =>
        ['namespaces', 'listeners'].every(
          (name, i) => Number(document.getElementById(`${name}-count`).textContent.replaceAll(',', '')) >= wanted[i],
        ),
      namespaces,
      listeners,
    );
    let bytes = 0;
    let answers = 0;
    const client = await page.createCDPSession();
    await client.send('Network.enable');
    await client.send('Network.setCacheDisabled', { cacheDisabled: true });
    const json = new Set();
    client.on('Network.responseReceived', ({ requestId, response: { url } }) => {
      if (url.endsWith('/api/v1/now')) {
        json.add(requestId);
      }
    });
    client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      answers += json.has(requestId) ? 1 : 0;
      // Later ones are updates.
      bytes += json.has(requestId) && answers > 1 ? 0 : encodedDataLength;
    });
    await page.reload({ waitUntil: 'load' });
    await page.waitForSelector('body.live');
    await pause(1500);
    const before = answers;
    await page.tracing.start({ categories: ['disabled-by-default-devtools.timeline'] });
    await pause(millis);
    const { traceEvents } = JSON.parse(Buffer.from(await page.tracing.stop()).toString('utf8'));
    const threads = new Map();
    for (const { name, args: { name: thread } = {}, pid, tid } of traceEvents) {
      if (name === 'thread_name' && thread === 'CrRendererMain') {
        threads.set(`${pid} ${tid}`, []);
      }
    }
    for (const { name, pid, tid, tdur } of traceEvents) {
      if (name === 'RunTask' && tdur) {
        threads.get(`${pid} ${tid}`)?.push(tdur / 1000);
      }
    }
    // Others belong to pages that do nothing.
    const [tasks] = [...threads.values()].sort((a, b) => b.length - a.length);
    const frames = tasks.filter((each) => each > 1);
    const longest = [...frames].sort((a, b) => b - a).slice(0, 5);
    return { updates: answers - before, bytes, frames: frames.length, longest, page };
  },

  /** How often it asks, and what it says of that. */
  async pace(args, complaints) {
    const { page } = await open(args, complaints);
    const said = () => text(page, '#taken');
    await until(page, () => document.getElementById('taken').textContent.includes('because'));
    const before = await said();
    let asked = 0;
    page.on('request', () => asked++);
    await pause(args.millis);
    return { said: [before, await said()], asked, page };
  },

  /** What the first command's button leaves to be pasted; `old` browsers and plain http have no clipboard. */
  async copy({ old, ...args }, complaints) {
    const { page } = await open(args, complaints);
    if (old) {
      await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    }
    await page.bringToFront();
    await page.focus('.copy');
    const command = await text(page, '.command code');
    const label = await page.$eval('.copy', (button) => button.getAttribute('aria-label'));
    await page.keyboard.press('Enter');
    await until(page, () => document.querySelector('.copy').textContent === 'Copied');
    const said = await page.$eval('#said', (node) => node.textContent);
    const marked = await page.evaluate(() => getSelection().toString());
    await page.focus('#filter');
    await page.keyboard.down('Control');
    await page.keyboard.press('KeyV', { commands: ['Paste'] });
    await page.keyboard.up('Control');
    await until(page, () => document.getElementById('filter').value !== '');
    const pasted = await page.$eval('#filter', (node) => node.value);
    await until(page, () => document.querySelector('.copy').textContent === 'Copy');
    return { command, label, said, marked, pasted, page };
  },

  /** How an edge moves, and what the diagram says of it. */
  async moving(args, complaints) {
    const { page } = await open(args, complaints);
    await until(page, () => document.querySelectorAll('#diagram .flow[data-moving]').length > 0);
    return {
      text: await page.$$eval('#diagram .rate', (all) => all.map((each) => each.textContent)),
      animation: await page.$eval('#diagram .flow[data-moving]', (node) => getComputedStyle(node).animationName),
      page,
    };
  },

  /** Of the page as it is, with the date and what it was built of. */
  async picture(args, complaints) {
    const { page } = await open(args, complaints);
    await pause(args.millis);
    await page.evaluate(async () => {
      const { agent, scan } = await (await fetch('/api/v1/now')).json();
      const date = document.createElement('p');
      date.textContent = `Synoptic ${agent.version}, ${agent.revision}, ${scan.taken_at.slice(0, 10)}`;
      Object.assign(date.style, { position: 'fixed', right: '16px', bottom: '6px', color: 'gray', fontSize: '12px' });
      document.body.append(date);
    });
    await page.screenshot({ path: args.file });
    return { page };
  },
};

let staying = null;

for await (const line of createInterface({ input: process.stdin })) {
  const { scenario, ...args } = JSON.parse(line);
  const complaints = [];
  let answer;
  try {
    const { page, ...result } = await SCENARIOS[scenario](args, complaints);
    await page?.close();
    answer = { ...result, complaints };
  } catch (error) {
    answer = { failure: `${scenario}: ${error.stack}`, complaints };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
