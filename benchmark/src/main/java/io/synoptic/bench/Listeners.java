package io.synoptic.bench;

import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What the sampler costs beside other sockets, unscraped, in the network namespace it runs in:
 * {@code Listeners SOCKETS LISTENERS ROUNDS SECONDS RESULTS}. Results are appended.
 *
 * <p>In each round an agent with a sampler, one without, and a bare dump as often as the sampler
 * may poll take turns.
 */
public final class Listeners {
  private static final int INTERVAL_MILLIS = 250;

  /** From the agent's start until it is measured: what is compiled by then is no part of it. */
  private static final int WARM_UP_SECONDS = 5;

  private static final String OBSERVED = "synoptic_listener_observed_seconds_total";

  /** An agent with a sampler, in its window. */
  private record Watch(double seconds, Polled polled, long agentNanos, double observedSeconds) {}

  private final int sockets;
  private final int listeners;
  private final int seconds;

  private Listeners(int sockets, int listeners, int seconds) {
    this.sockets = sockets;
    this.listeners = listeners;
    this.seconds = seconds;
  }

  public static void main(String[] args) throws Exception {
    Namespace.requireOwnTable();
    Path results = Path.of(args[4]);
    if (Files.notExists(results)) {
      Files.writeString(results, Polls.HEADER + "\n");
    }
    Listeners bench =
        new Listeners(
            Integer.parseInt(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[3]));
    System.err.printf("%,d sockets and %,d listeners ...%n", bench.sockets, bench.listeners);
    try (Population others = Population.established(bench.sockets);
        Population listening = Population.listeners(bench.listeners)) {
      for (int round = 1; round <= Integer.parseInt(args[2]); round++) {
        System.err.printf("%,d listeners, round %d%n", bench.listeners, round);
        String line = bench.measure(round).csv() + "\n";
        Files.writeString(results, line, StandardOpenOption.APPEND);
      }
    }
  }

  /** The order alternates. */
  private Polls measure(int round) throws Exception {
    boolean backwards = round % 2 == 0;
    long idleNanos = backwards ? idle() : 0;
    long bareNanos = backwards ? bare() : 0;
    Watch watch = watch();
    bareNanos = backwards ? bareNanos : bare();
    idleNanos = backwards ? idleNanos : idle();
    return new Polls(
        sockets,
        listeners,
        round,
        watch.seconds(),
        watch.polled().polls(),
        watch.polled().nanos(),
        watch.agentNanos(),
        idleNanos,
        watch.observedSeconds(),
        bareNanos);
  }

  private Watch watch() throws Exception {
    try (RunningAgent agent = startedAgent(INTERVAL_MILLIS + "ms")) {
      long pid = agent.process().pid();
      Scraper scraper = new Scraper(agent.url());
      scraper.scrape();
      TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
      long start = System.nanoTime();
      String before = scraper.scrape();
      Polled polled = Polled.bySampler(pid, before);
      long all = Spent.of(pid);
      TimeUnit.SECONDS.sleep(seconds);
      all = Spent.of(pid) - all;
      double window = (System.nanoTime() - start) / 1e9;
      String after = scraper.scrape();
      polled = Polled.bySampler(pid, after).since(polled);
      double observed = Scraper.figure(after, OBSERVED) - Scraper.figure(before, OBSERVED);
      return new Watch(window, polled, all, observed);
    }
  }

  /** What an agent spends in as long without a sampler. */
  private long idle() throws Exception {
    try (RunningAgent agent = startedAgent("0")) {
      Scraper scraper = new Scraper(agent.url());
      scraper.scrape();
      TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
      scraper.scrape();
      long all = Spent.of(agent.process().pid());
      TimeUnit.SECONDS.sleep(seconds);
      return Spent.of(agent.process().pid()) - all;
    }
  }

  /** So that the scrapes at both ends of the window don't read the other sockets. */
  private static RunningAgent startedAgent(String interval) throws Exception {
    return RunningAgent.start("--no-collector.sockets", "--listener.interval=" + interval);
  }

  /** As far apart as polls: one right after the other would find its way in the caches. */
  private long bare() throws Exception {
    int times = Math.max(1, seconds * 1000 / INTERVAL_MILLIS);
    List<String> command =
        List.of("bare", "--listeners", "--every=" + INTERVAL_MILLIS, String.valueOf(times));
    return Spent.on(Redirect.INHERIT, command).cpuNanos() / times;
  }
}
