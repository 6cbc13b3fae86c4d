// Asks the agent, while somebody looks, and says how old its last answer is.

const RETRY_SECONDS = 2;

/** Calls `onAnswer(now, previous)` with each new answer, and `onAge()` each second and with each event. */
export class Poll {
  #url;
  #onAnswer;
  #onAge;
  #etag = null;
  #timer = 0;
  #asking = false;
  #offset = 0;
  #seenAt = Date.now();
  #failure = '';
  #failedAt = 0;
  now = null;

  constructor(url, onAnswer, onAge) {
    this.#url = url;
    this.#onAnswer = onAnswer;
    this.#onAge = onAge;
    document.addEventListener('visibilitychange', () => this.#look());
    setInterval(() => document.hidden || this.#onAge(), 1000);
    this.#look();
  }

  /** The agent's time in milliseconds: browsers' clocks are wrong. */
  time() {
    return Date.now() + this.#offset;
  }

  /** Why the figures are not those of now: `{ why, since }`, or null. */
  stale() {
    const { now } = this;
    const takenAt = now?.scan.taken_at ? Date.parse(now.scan.taken_at) : null;
    if (this.#failure) {
      return { why: this.#failure, since: takenAt ?? this.#failedAt };
    }
    if (!now) {
      return null;
    }
    if (now.scan.failure) {
      return { why: `The agent can not read the sockets: ${now.scan.failure}`, since: takenAt };
    }
    const limit = 3 * now.scan.refresh_seconds + 2;
    // Who has just come back to this page waits for the first answer.
    const waited = Math.min(this.time() - takenAt, Date.now() - this.#seenAt);
    return takenAt !== null && waited > limit * 1000
      ? { why: 'The agent does not answer', since: takenAt }
      : null;
  }

  #look() {
    clearTimeout(this.#timer);
    if (!document.hidden) {
      this.#seenAt = Date.now();
      this.#ask();
    }
  }

  async #ask() {
    if (this.#asking) {
      return;
    }
    this.#asking = true;
    try {
      const answer = await fetch(this.#url, {
        cache: 'no-store',
        headers: this.#etag ? { 'If-None-Match': this.#etag } : {},
        signal: AbortSignal.timeout(60_000),
      });
      const date = Date.parse(answer.headers.get('Date'));
      if (answer.status !== 200 && answer.status !== 304) {
        throw new Error(`The agent answers ${answer.status}`);
      }
      // The header has whole seconds, cut off.
      this.#offset = Number.isNaN(date) ? 0 : date + 500 - Date.now();
      if (Math.abs(this.#offset) < 1500) {
        this.#offset = 0;
      }
      if (answer.status === 200) {
        this.#etag = answer.headers.get('ETag');
        const previous = this.now;
        this.now = await answer.json();
        this.#onAnswer(this.now, previous);
      }
      this.#failure = '';
    } catch (error) {
      this.#failure = /^The agent/.test(error.message) ? error.message : 'The agent does not answer';
      this.#failedAt ||= Date.now();
    }
    if (!this.#failure) {
      this.#failedAt = 0;
    }
    this.#asking = false;
    this.#onAge();
    if (!document.hidden) {
      const pause = this.now?.scan.refresh_seconds ?? RETRY_SECONDS;
      this.#timer = setTimeout(() => this.#ask(), 1000 * (this.#failure ? Math.max(pause, RETRY_SECONDS) : pause));
    }
  }
}
