package io.synoptic.bench;

import io.synoptic.bench.Watcher.Running;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What it costs to watch the everyday host, in the network namespace it runs in: {@code Rest ROUNDS
 * SECONDS WARM_UP_SECONDS RESULTS}.
 *
 * <p>First the agent and a bare loop in C, at growing numbers of listeners; then everybody, at 20.
 * All are started and warmed up together, then stopped, and take turns within a round: one runs,
 * and is scraped as Prometheus does.
 */
public final class Rest {
  private static final int SCRAPE_SECONDS = 15;

  /** A moment longer than an agent keeps what it has scanned. */
  private static final int WARM_UP_SCRAPE_MILLIS = 1050;

  /** In which one that was stopped catches up. */
  private static final int SETTLE_SECONDS = 1;

  /** It does the same all the time. */
  private static final int BARE_SECONDS = 6;

  private static final List<Integer> GROWTH = List.of(1, 100, 1_000, 20_000);

  /** There it is the sampler's cost that counts, and nothing compiles it. */
  private static final int GROWTH_WARM_UP_SHARE = 5;

  private static final Scraper.Answer NO_ANSWER = new Scraper.Answer("", 0, 0);

  private final EverydayHost host;
  private final int rounds;
  private final Path results;

  private Rest(EverydayHost host, int rounds, Path results) {
    this.host = host;
    this.rounds = rounds;
    this.results = results;
  }

  public static void main(String[] args) throws Exception {
    Namespace.requireOwnTable();
    Path results = Path.of(args[3]);
    Files.writeString(results, Turn.HEADER + "\n");
    try (EverydayHost host = new EverydayHost()) {
      Rest rest = new Rest(host, Integer.parseInt(args[0]), results);
      int warmUp = Integer.parseInt(args[2]);
      rest.watch(
          List.of(Watcher.values()), EverydayHost.LISTENERS, warmUp, Integer.parseInt(args[1]));
      for (int listeners : GROWTH) {
        rest.watch(
            List.of(Watcher.SAMPLER, Watcher.BARE),
            listeners,
            warmUp / GROWTH_WARM_UP_SHARE,
            SCRAPE_SECONDS);
      }
    }
  }

  private void watch(List<Watcher> watchers, int listeners, int warmUpSeconds, int seconds)
      throws Exception {
    System.err.printf("%,d listeners ...%n", listeners);
    Map<Watcher, Running> field = new EnumMap<>(Watcher.class);
    try (AutoCloseable population = host.listeners(listeners)) {
      for (Watcher watcher : watchers) {
        start(watcher, field);
      }
      warmUp(field, warmUpSeconds);
      List<Watcher> order = new ArrayList<>(field.keySet());
      for (int round = 1; round <= rounds; round++) {
        System.err.printf("%,d listeners, round %d%n", listeners, round);
        for (Watcher watcher : order) {
          takeTurn(watcher, field, listeners, round, seconds);
        }
        Collections.reverse(order);
      }
    } finally {
      for (Running running : field.values()) {
        running.daemon().close();
      }
    }
  }

  private static void start(Watcher watcher, Map<Watcher, Running> field) {
    if (!watcher.isHere()) {
      return;
    }
    try {
      field.put(watcher, watcher.start());
    } catch (Exception e) {
      System.err.println(watcher.title() + ": " + e.getMessage());
    }
  }

  private void warmUp(Map<Watcher, Running> field, int seconds) throws Exception {
    long next = System.nanoTime();
    long end = next + TimeUnit.SECONDS.toNanos(seconds);
    for (; next < end; next += TimeUnit.MILLISECONDS.toNanos(WARM_UP_SCRAPE_MILLIS)) {
      sleepUntil(next);
      for (Running running : field.values()) {
        running.daemon().ask(EverydayHost.ESTABLISHED);
      }
    }
    for (Running running : field.values()) {
      running.daemon().pause();
    }
  }

  /** One that fails is out, and the table has what it did until then; the others go on. */
  private void takeTurn(
      Watcher watcher, Map<Watcher, Running> field, int listeners, int round, int seconds)
      throws Exception {
    Running running = field.get(watcher);
    if (running == null) {
      return;
    }
    try {
      running.daemon().resume();
      Turn turn = turn(watcher, running, listeners, round, seconds);
      running.daemon().pause();
      Files.writeString(results, turn.csv() + "\n", StandardOpenOption.APPEND);
    } catch (Exception e) {
      System.err.println(watcher.title() + ": " + e.getMessage());
      field.remove(watcher).daemon().close();
    }
  }

  private static Turn turn(Watcher watcher, Running running, int listeners, int round, int seconds)
      throws Exception {
    Daemon daemon = running.daemon();
    daemon.ask(EverydayHost.ESTABLISHED);
    Polled polledBefore = watcher.polled(running);
    TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
    Vitals before = Vitals.of(daemon.pid());
    scrape(daemon, before.moment(), watcher == Watcher.BARE ? BARE_SECONDS : seconds);
    Vitals after = Vitals.of(daemon.pid());
    Polled polled = watcher.polled(running).since(polledBefore);
    Optional<Scraper> scraper = running.scraper();
    Scraper.Answer answer = scraper.isPresent() ? scraper.get().ask() : NO_ANSWER;
    return new Turn(
        listeners,
        watcher,
        round,
        (after.moment() - before.moment()) / 1e9,
        after.cpuNanos() - before.cpuNanos(),
        after.wakeUpsSince(before),
        Memory.of(daemon.pid()),
        answer.bytes(),
        answer.sentBytes(),
        polled);
  }

  /** In the middle of every 15 s, for as long. */
  private static void scrape(Daemon daemon, long start, int seconds) throws Exception {
    long interval = TimeUnit.SECONDS.toNanos(SCRAPE_SECONDS);
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    for (long middle = start + interval / 2; middle < end; middle += interval) {
      sleepUntil(middle);
      daemon.ask(EverydayHost.ESTABLISHED);
    }
    sleepUntil(end);
  }

  private static void sleepUntil(long moment) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(moment - System.nanoTime());
  }
}
