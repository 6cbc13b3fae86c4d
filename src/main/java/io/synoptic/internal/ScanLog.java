package io.synoptic.internal;

import io.synoptic.Collector;
import io.synoptic.CollectorReport;
import io.synoptic.ScanBudget;
import io.synoptic.ScanException;
import io.synoptic.ScanReport;
import io.synoptic.SourceUsed;
import io.synoptic.internal.procfs.Messages;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line when something changes for the worse or the better, not one a scan. */
public final class ScanLog {
  /** Made when there is something to log: what never logs loads no logger. */
  private static final class Log {
    private static final Logger LOG = LoggerFactory.getLogger(ScanLog.class);
  }

  private ScanLog() {}

  public static void logChanges(ScanReport before, ScanReport now) {
    logChange(before.scan(), now.scan());
    of(now, Collector.COUNTERS)
        .ifPresent(counters -> logChange(last(before, Collector.COUNTERS), counters));
    of(now, Collector.HANDSHAKES)
        .ifPresent(handshakes -> logChange(last(before, Collector.HANDSHAKES), handshakes));
    now.handshakes()
        .filter(health -> !health.advice().isEmpty() && before.handshakes().isEmpty())
        .ifPresent(health -> Log.LOG.warn(health.advice()));
    // What the kernel answers to a scan of the listeners it answers to one of all sockets, too.
    of(now, Collector.LISTENERS)
        .filter(listeners -> isFault(listeners) || isFault(last(before, Collector.LISTENERS)))
        .ifPresent(listeners -> logFailure(last(before, Collector.LISTENERS), listeners));
    if (before.budget().filter(ScanBudget::isExceeded).isPresent()
        && now.budget().filter(budget -> !budget.isExceeded()).isPresent()) {
      Log.LOG.info("no longer: scans are postponed");
    }
  }

  /** A scan was postponed for the first time. */
  public static void logBudget(ScanReport now) {
    now.budget()
        .ifPresent(
            budget ->
                Log.LOG.warn(
                    "scans are postponed, about {} s apart from now on: more of them would take over"
                        + " {} % of a core",
                    Math.max(1, Math.round(budget.interval().toMillis() / 1e3)), budget.percent()));
  }

  private static Optional<CollectorReport> of(ScanReport report, Collector collector) {
    return report.collector(collector).filter(of -> of != report.scan());
  }

  private static CollectorReport last(ScanReport before, Collector collector) {
    return before.collector(collector).orElse(CollectorReport.EMPTY);
  }

  private static boolean isFault(CollectorReport report) {
    return report.failure().filter(failure -> !(failure instanceof ScanException)).isPresent();
  }

  private static void logChange(CollectorReport before, CollectorReport now) {
    logFailure(before, now);
    if (now.failure().isEmpty() && now.source().isPresent()) {
      logSource(before.source().orElse(null), now.source().get());
    }
  }

  /** With its stack trace if it is no answer of the kernel's. */
  private static void logFailure(CollectorReport before, CollectorReport now) {
    String was = before.failure().map(Messages::of).orElse(null);
    String is = now.failure().map(Messages::of).orElse(null);
    if (is != null && !is.equals(was)) {
      Log.LOG.error(is, isFault(now) ? now.failure().get() : null);
    } else if (is == null && was != null) {
      Log.LOG.info("no longer: {}", was);
    }
  }

  private static void logSource(@Nullable SourceUsed before, SourceUsed now) {
    if (before != null && before.obstacle().equals(now.obstacle())) {
      return;
    }
    if (now.reason().isFallback()) {
      Log.LOG.warn("reading from {}, for {}", now.source().label(), now.obstacle());
    } else if (before != null) {
      Log.LOG.info("reading from {} again", now.source().label());
    }
  }
}
