package io.synoptic;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line when something changes for the worse or the better, not one a scan. */
final class ScanLog {
  private static final Logger LOG = LoggerFactory.getLogger(SharedScanner.class);

  private ScanLog() {}

  static void logChanges(ScanReport before, ScanReport now) {
    logChange(before.scan(), now.scan());
    now.collector(Collector.COUNTERS)
        .filter(counters -> counters != now.scan())
        .ifPresent(
            counters ->
                logChange(
                    before.collector(Collector.COUNTERS).orElse(CollectorReport.NONE), counters));
  }

  private static void logChange(CollectorReport before, CollectorReport now) {
    String was = before.failure().map(Throwable::getMessage).orElse(null);
    String is = now.failure().map(Throwable::getMessage).orElse(null);
    if (is != null && !is.equals(was)) {
      LOG.error("{}", is);
    } else if (is == null && was != null) {
      LOG.info("no longer: {}", was);
    }
    if (is == null && now.source().isPresent()) {
      logSource(before.source().orElse(null), now.source().get());
    }
  }

  private static void logSource(SourceUsed before, SourceUsed now) {
    if (before != null && before.obstacle().equals(now.obstacle())) {
      return;
    }
    if (now.reason().isFallback()) {
      LOG.warn("reading from {}, for {}", now.source().label(), now.obstacle());
    } else if (before != null) {
      LOG.info("reading from {} again", now.source().label());
    }
  }
}
