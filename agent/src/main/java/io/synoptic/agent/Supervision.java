package io.synoptic.agent;

import io.synoptic.CollectorReport;
import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import io.synoptic.SourceUsed;
import io.synoptic.internal.ffi.ServiceManager;
import io.synoptic.internal.procfs.Messages;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What systemd gets to know. Where it watches, a scan is made twice in each of its intervals even
 * without a scrape, and only one that succeeds keeps it from restarting the agent.
 */
final class Supervision implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Supervision.class);

  private final SharedScanner scanner;
  private final String url;
  private final Duration maxAge;
  private final ScheduledExecutorService feeder;

  private Supervision(
      SharedScanner scanner, String url, Duration maxAge, ScheduledExecutorService feeder) {
    this.scanner = scanner;
    this.url = url;
    this.maxAge = maxAge;
    this.feeder = feeder;
  }

  /** Says that the agent is ready; the first scan has ended. */
  static Supervision start(SharedScanner scanner, String url, Duration maxAge) {
    Optional<Duration> watched = watched(System.getenv(), ProcessHandle.current().pid());
    Supervision supervision =
        new Supervision(
            scanner,
            url,
            maxAge,
            watched.isEmpty()
                ? null
                : Executors.newSingleThreadScheduledExecutor(Supervision::thread));
    ServiceManager.notify("READY=1\n" + supervision.status(scanner.latest()));
    watched.ifPresent(supervision::feedTwiceIn);
    return supervision;
  }

  /** How long systemd's watchdog waits; empty if there is none, or it watches another process. */
  static Optional<Duration> watched(Map<String, String> environment, long self) {
    String micros = environment.getOrDefault("WATCHDOG_USEC", "");
    String pid = environment.getOrDefault("WATCHDOG_PID", Long.toString(self));
    // 15 digits are 30 years; systemd's "infinity" is none of these.
    return micros.matches("[1-9][0-9]{0,14}") && pid.equals(Long.toString(self))
        ? Optional.of(Duration.of(Long.parseLong(micros), ChronoUnit.MICROS))
        : Optional.empty();
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "synoptic-watchdog");
    thread.setDaemon(true);
    return thread;
  }

  private void feedTwiceIn(Duration interval) {
    long nanos = interval.toNanos() / 2;
    Future<?> unused = feeder.scheduleAtFixedRate(this::feed, nanos, nanos, TimeUnit.NANOSECONDS);
  }

  private void feed() {
    try {
      ScanReport report = scanner.fresh().join();
      String status = status(report);
      ServiceManager.notify(isWell(report, maxAge) ? "WATCHDOG=1\n" + status : status);
    } catch (RuntimeException e) {
      // Thrown on, it would end the feeding.
      log.warn("the watchdog is not fed: {}", Messages.of(e));
    }
  }

  /**
   * Whether the last scan was good. While the budget puts off the next, one before it is enough.
   */
  static boolean isWell(ScanReport report, Duration maxAge) {
    return ScanHealth.isGood(report) || (!report.pause().isZero() && report.isGood(maxAge));
  }

  /** One line for {@code systemctl status}. */
  private String status(ScanReport report) {
    CollectorReport scan = report.scan();
    String how =
        scan.failure()
            .map(failure -> "the last scan failed: " + Messages.of(failure))
            .orElseGet(() -> "it scans" + scan.source().map(Supervision::by).orElse(""));
    return "STATUS=Answers at " + url + "; " + how;
  }

  private static String by(SourceUsed used) {
    return " by " + used.source().label();
  }

  /** Says that the agent stops, and feeds no more. */
  @Override
  public void close() {
    if (feeder != null) {
      feeder.shutdownNow();
    }
    ServiceManager.notify("STOPPING=1\nSTATUS=Stops");
  }
}
