package io.synoptic.bench;

import java.util.List;

/**
 * How often the listeners alone were dumped.
 *
 * @param polls so far, or in a window; 0 where nobody polls
 * @param nanos the CPU of them all
 */
record Polled(long polls, long nanos) {
  static final Polled NEVER = new Polled(0, 0);

  private static final List<String> THREAD = List.of("synoptic-listen", "synopti..teners");

  private static final String POLLS =
      "synoptic_scan_duration_seconds_count{collector=\"listeners\"}";

  /** By the sampler of an agent, which {@code scrape} is of. */
  static Polled bySampler(long pid, String scrape) throws Exception {
    return new Polled((long) Scraper.figure(scrape, POLLS), Spent.ofThread(pid, THREAD));
  }

  /** By a loop in C, which sleeps after each dump and at no other time. */
  static Polled byBareLoop(Vitals vitals) {
    long sleeps = vitals.wakeUps().values().stream().mapToLong(Long::longValue).sum();
    return new Polled(sleeps, vitals.cpuNanos());
  }

  Polled since(Polled before) {
    return new Polled(polls - before.polls, nanos - before.nanos);
  }

  double millisAPoll() {
    return nanos / 1e6 / polls;
  }
}
