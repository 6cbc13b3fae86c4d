package io.synoptic;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One scan for all who ask at the same time. A request starts a scan if the last one ended longer
 * ago than the minimal interval; whoever asks while it runs gets its result. Nobody who waits can
 * cancel a scan, and one that fails leaves the last good snapshot in place.
 *
 * <p>Scans run on one daemon thread of this object's own, which yields to every other (nice 10): a
 * scan is a second of CPU on a host of a million sockets, and nobody shall wait for it.
 */
public final class SharedScanner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SharedScanner.class);

  private final Supplier<SocketSnapshot> scan;
  private final long minIntervalNanos;
  private final ExecutorService executor;

  private CompletableFuture<ScanReport> running;
  private long endedNanos;
  private volatile ScanReport latest = ScanReport.NONE;

  /**
   * Shares the scans of {@code scanner}.
   *
   * @param minInterval from the end of a scan to the start of the next, at least
   */
  public SharedScanner(SocketScanner scanner, Duration minInterval) {
    this(scanner::scan, scanner::yieldToOthers, minInterval);
  }

  /**
   * Shares the scans of {@code scan}.
   *
   * @param atStart what the scanning thread does first
   */
  SharedScanner(Supplier<SocketSnapshot> scan, Runnable atStart, Duration minInterval) {
    this.scan = scan;
    this.minIntervalNanos = minInterval.toNanos();
    executor = Executors.newSingleThreadExecutor(task -> scanThread(atStart, task));
  }

  private static Thread scanThread(Runnable atStart, Runnable task) {
    Thread thread =
        new Thread(
            () -> {
              atStart.run();
              task.run();
            },
            "synoptic-scan");
    thread.setDaemon(true);
    return thread;
  }

  /** What is known now, without a scan. */
  public ScanReport latest() {
    return latest;
  }

  /**
   * A report that is at most the minimal interval old: the latest one, or that of a scan which runs
   * already or starts now. The future never fails; a scan's failure is in its report.
   */
  public synchronized CompletableFuture<ScanReport> fresh() {
    if (running != null) {
      return running.copy();
    }
    if (latest.scans() > 0 && System.nanoTime() - endedNanos < minIntervalNanos) {
      return CompletableFuture.completedFuture(latest);
    }
    running = new CompletableFuture<>();
    executor.execute(this::run);
    return running.copy();
  }

  private void run() {
    long start = System.nanoTime();
    ScanReport next;
    try {
      SocketSnapshot snapshot = scan.get();
      next = latest.succeeded(snapshot, System.nanoTime() - start);
    } catch (RuntimeException e) {
      next = latest.failed(e, System.nanoTime() - start);
    } catch (Error e) {
      // Whoever waits must learn of it, and the next scan must be able to start.
      next =
          latest.failed(
              new IllegalStateException("a scan ended in " + e, e), System.nanoTime() - start);
    }
    logChange(latest, next);
    CompletableFuture<ScanReport> done;
    synchronized (this) {
      endedNanos = System.nanoTime();
      latest = next;
      done = running;
      running = null;
    }
    done.complete(next);
  }

  /** One line when something changes for the worse or the better, not one a scan. */
  private static void logChange(ScanReport before, ScanReport now) {
    String was = before.failure().map(Throwable::getMessage).orElse(null);
    String is = now.failure().map(Throwable::getMessage).orElse(null);
    if (is != null && !is.equals(was)) {
      LOG.error("{}", is);
    } else if (is == null && was != null) {
      LOG.info("scans succeed again");
    }
    if (is == null) {
      logSource(before.snapshot().orElse(null), now.snapshot().orElseThrow());
    }
  }

  private static void logSource(SocketSnapshot before, SocketSnapshot now) {
    if (before != null && before.fallbackErrno() == now.fallbackErrno()) {
      return;
    }
    if (now.reason().isFallback()) {
      LOG.warn(
          "reading from {}, for {}",
          now.source().label(),
          Errno.describe(Source.SOCK_DIAG, now.fallbackErrno()));
    } else if (before != null) {
      LOG.info("reading from {} again", now.source().label());
    }
  }

  /** Starts no more scans. One that runs is left to its timeout. */
  @Override
  public void close() {
    executor.shutdown();
  }
}
