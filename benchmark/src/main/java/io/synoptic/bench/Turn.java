package io.synoptic.bench;

import java.util.Locale;

/**
 * A line of rest.csv: what a watcher of the everyday host has spent in its turn.
 *
 * @param listeners on the host
 * @param seconds the figures' window
 * @param wakeUps how often its threads have slept by their own will
 * @param bytes of a scrape; 0 without one
 * @param sentBytes of it on the network
 * @param polled the listeners alone
 */
record Turn(
    int listeners,
    Watcher watcher,
    int round,
    double seconds,
    long cpuNanos,
    long wakeUps,
    Memory memory,
    int bytes,
    int sentBytes,
    Polled polled) {
  static final String HEADER =
      "listeners,watcher,round,seconds,cpu_ns,wake_ups,rss_kib,pss_kib,bytes,sent_bytes,polls,poll_ns";

  String csv() {
    return String.format(
        Locale.ROOT,
        "%d,%s,%d,%.3f,%d,%d,%d,%d,%d,%d,%d,%d",
        listeners,
        watcher,
        round,
        seconds,
        cpuNanos,
        wakeUps,
        memory.rssKib(),
        memory.pssKib(),
        bytes,
        sentBytes,
        polled.polls(),
        polled.nanos());
  }

  static Turn parse(String csv) {
    String[] fields = csv.split(",", -1);
    return new Turn(
        Integer.parseInt(fields[0]),
        Watcher.valueOf(fields[1]),
        Integer.parseInt(fields[2]),
        Double.parseDouble(fields[3]),
        Long.parseLong(fields[4]),
        Long.parseLong(fields[5]),
        new Memory(Long.parseLong(fields[6]), Long.parseLong(fields[7])),
        Integer.parseInt(fields[8]),
        Integer.parseInt(fields[9]),
        new Polled(Long.parseLong(fields[10]), Long.parseLong(fields[11])));
  }

  double cpuSecondsAnHour() {
    return cpuNanos / 1e9 / seconds * 3600;
  }

  double percentOfACore() {
    return cpuNanos / 1e7 / seconds;
  }

  double wakeUpsASecond() {
    return wakeUps / seconds;
  }

  double rssMib() {
    return memory.rssKib() / 1024.0;
  }

  double pssMib() {
    return memory.pssKib() / 1024.0;
  }
}
