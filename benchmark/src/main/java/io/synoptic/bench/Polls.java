package io.synoptic.bench;

import java.util.Locale;

/**
 * A line of listeners.csv: what the sampler has done in a window of one round.
 *
 * @param sockets that were no listeners
 * @param seconds from the first scrape to the second, the figures' window
 * @param polls of the sampler
 * @param threadNanos the CPU that its thread has spent
 * @param agentNanos the CPU that the whole agent has spent
 * @param idleNanos the CPU that an agent without a sampler has spent in a window as long
 * @param observedSeconds the time the sampler observed
 * @param bareNanos the CPU of one bare dump of the listeners
 */
record Polls(
    int sockets,
    int listeners,
    int round,
    double seconds,
    long polls,
    long threadNanos,
    long agentNanos,
    long idleNanos,
    double observedSeconds,
    long bareNanos) {
  static final String HEADER =
      "sockets,listeners,round,seconds,polls,thread_ns,agent_ns,idle_ns,observed_s,bare_ns";

  String csv() {
    return String.format(
        Locale.ROOT,
        "%d,%d,%d,%.3f,%d,%d,%d,%d,%.3f,%d",
        sockets,
        listeners,
        round,
        seconds,
        polls,
        threadNanos,
        agentNanos,
        idleNanos,
        observedSeconds,
        bareNanos);
  }

  static Polls parse(String csv) {
    String[] fields = csv.split(",", -1);
    return new Polls(
        Integer.parseInt(fields[0]),
        Integer.parseInt(fields[1]),
        Integer.parseInt(fields[2]),
        Double.parseDouble(fields[3]),
        Long.parseLong(fields[4]),
        Long.parseLong(fields[5]),
        Long.parseLong(fields[6]),
        Long.parseLong(fields[7]),
        Double.parseDouble(fields[8]),
        Long.parseLong(fields[9]));
  }

  double millis() {
    return threadNanos / 1e6 / polls;
  }

  /** With what collecting its garbage and compiling it cost other threads. */
  double agentMillis() {
    return (agentNanos - idleNanos) / 1e6 / polls;
  }

  double percentOfACore() {
    return (agentNanos - idleNanos) / 1e7 / seconds;
  }

  double percentObserved() {
    return 100 * observedSeconds / seconds;
  }

  double bareMillis() {
    return bareNanos / 1e6;
  }
}
