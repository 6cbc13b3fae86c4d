package io.synoptic.internal.listeners;

import io.synoptic.CollectorReport;
import io.synoptic.SourceUsed;
import io.synoptic.internal.limits.CpuBudget;
import io.synoptic.internal.limits.CpuTime;
import io.synoptic.internal.netns.NamespaceScanner;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Reads the listeners many times between two scrapes, so that a burst that fills an accept queue
 * for a second is seen. Takes a hundredth of a core at most.
 *
 * <p>Its thread does not yield to others as the scanning thread does. A poll takes a fraction of a
 * millisecond, and it is when all cores are busy that accept queues fill.
 */
public final class Sampler implements AutoCloseable {
  private static final double SHARE_OF_A_CORE = 0.01;

  private final NamespaceScanner scanner;
  private final ListenerTrackers trackers;
  private final ScheduledExecutorService executor;
  private volatile CollectorReport report = CollectorReport.EMPTY;

  /** Polls when it is asked to. */
  public Sampler(NamespaceScanner scanner, ListenerTrackers trackers) {
    this.scanner = scanner;
    this.trackers = trackers;
    executor =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "synoptic-listeners");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Polls now, and by itself from now on: {@code interval} from one to the next, at least. */
  public void start(Duration interval) {
    // Full at the start: the first polls of a cold JVM take twenty times as long as the others.
    pollAndGoOn(interval.toNanos(), new CpuBudget(SHARE_OF_A_CORE, System::nanoTime));
  }

  private void pollAndGoOn(long interval, CpuBudget budget) {
    long start = System.nanoTime();
    long cpu = CpuTime.ofThisThread();
    try {
      poll();
    } finally {
      budget.spend(CpuTime.ofThisThread() - cpu);
      long left = Math.max(interval - (System.nanoTime() - start), budget.nanosUntilLeft());
      if (!executor.isShutdown()) {
        Future<?> unused =
            executor.schedule(() -> pollAndGoOn(interval, budget), left, TimeUnit.NANOSECONDS);
      }
    }
  }

  /** Scans the listeners once; returns how all such scans have gone. */
  public synchronized CollectorReport poll() {
    long start = System.nanoTime();
    try {
      SourceUsed source =
          scanner.scanListeners((namespace, table) -> trackers.polled(namespace, table, start));
      report = report.succeeded(source, System.nanoTime() - start);
    } catch (RuntimeException | Error e) {
      report = report.failed(e, System.nanoTime() - start);
    }
    return report;
  }

  /** How the polls have gone. */
  public CollectorReport report() {
    return report;
  }

  /** Starts no more polls. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
