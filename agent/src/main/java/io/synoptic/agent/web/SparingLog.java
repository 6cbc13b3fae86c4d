package io.synoptic.agent.web;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Logs what others can cause as often as they like: a line of each kind once a minute at most, with
 * the number of those that were left out.
 */
public final class SparingLog {
  private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Logger log;
  private final LongSupplier nanoTime;
  private final Map<String, Kind> kinds = new HashMap<>();

  private static final class Kind {
    final long loggedAt;
    long leftOut;

    Kind(long loggedAt) {
      this.loggedAt = loggedAt;
    }
  }

  /** Writes to {@code log}. */
  public SparingLog(Logger log) {
    this(log, System::nanoTime);
  }

  SparingLog(Logger log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
  }

  /**
   * Logs a failure with its stack trace, or counts it.
   *
   * @param what has failed: a constant, which with the failure's type is the line's kind
   */
  public void error(String what, Throwable failure) {
    long leftOut = count(what + " " + failure.getClass().getName());
    if (leftOut == 0) {
      log.error(what, failure);
    } else if (leftOut > 0) {
      log.error("{} ({} more like it since the last such line)", what, leftOut, failure);
    }
  }

  /** How many lines of a kind were left out before this one; -1 if this one is to be left out. */
  private synchronized long count(String name) {
    long now = nanoTime.getAsLong();
    Kind kind = kinds.get(name);
    if (kind != null && now - kind.loggedAt < PERIOD_NANOS) {
      kind.leftOut++;
      return -1;
    }
    kinds.put(name, new Kind(now));
    return kind == null ? 0 : kind.leftOut;
  }
}
