package io.synoptic.internal.listeners;

import io.synoptic.CollectorReport;
import io.synoptic.internal.netns.NamespaceScanner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Has the listeners polled between two scrapes, so that a burst that fills an accept queue for a
 * second is seen. libsynoptic polls and adds up; the thread wakes when somebody wants to know.
 *
 * <p>Its thread does not yield to others as the scanning thread does. A poll takes a fraction of a
 * millisecond, and it is when all cores are busy that accept queues fill.
 */
public final class Sampler implements AutoCloseable {
  private final NamespaceScanner scanner;
  private final ListenerTrackers trackers;

  /** What waits until the call that polls has returned. */
  private final BlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>();

  private @Nullable Thread thread;
  private volatile boolean closed;
  private volatile CollectorReport report = CollectorReport.EMPTY;
  private @Nullable Throwable refusal;

  /** Polls nothing before {@link #start}. */
  public Sampler(NamespaceScanner scanner, ListenerTrackers trackers) {
    this.scanner = scanner;
    this.trackers = trackers;
  }

  /** Polls from now on: {@code interval} from one to the next, at least. */
  public void start(Duration interval) {
    Thread started = new Thread(() -> run(interval), "synoptic-listeners");
    started.setDaemon(true);
    thread = started;
    started.start();
  }

  private void run(Duration interval) {
    while (!closed) {
      refusal = null;
      try {
        scanner.sample(interval);
      } catch (RuntimeException | Error e) {
        refusal = e;
      }
      // Who comes later waits for a poll of its own.
      List<Runnable> asked = new ArrayList<>();
      waiting.drainTo(asked);
      asked.forEach(Runnable::run);
      if (refusal != null) {
        waitForNextTry(interval);
      }
    }
  }

  /** Less if somebody asks. */
  private void waitForNextTry(Duration interval) {
    try {
      @Nullable Runnable task = waiting.poll(interval.toNanos(), TimeUnit.NANOSECONDS);
      if (task != null) {
        task.run();
      }
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  /**
   * Takes in what polls have added up to until now, or the last scan where nothing polls.
   *
   * @return how all polls have gone
   */
  public CollectorReport collect() {
    @Nullable Thread polling = thread;
    if (polling == null) {
      takeIn();
      return report;
    }
    FutureTask<Void> task = new FutureTask<>(this::takeInPolls, null);
    waiting.add(task);
    scanner.ask();
    while (polling.isAlive()) {
      try {
        task.get(1, TimeUnit.SECONDS);
        break;
      } catch (TimeoutException e) {
        // A poll takes as long as its timeout allows.
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    return report;
  }

  private void takeIn() {
    long now = System.nanoTime();
    scanner.readSamples((samples, key) -> trackers.sampled(samples, key, now));
  }

  private void takeInPolls() {
    takeIn();
    NamespaceScanner.Polls polls = scanner.polls();
    @Nullable Throwable failure = refusal != null ? refusal : polls.failure().orElse(null);
    report = report.polled(polls.polls(), polls.nanos(), polls.newest(), polls.source(), failure);
  }

  /** Ends polling. */
  @Override
  public void close() {
    closed = true;
    scanner.ask();
  }
}
