package io.synoptic.findings;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What the rules ask of a listener group's past.
 *
 * @param memory what anybody may ask
 * @param fullNanos how long it has been full; 0 if it is not
 * @param highNanos how long the accept queue has been more than half full; 0 if it is not
 * @param highSince since when
 * @param synHighNanos how long the SYN queue has been more than half full; 0 if it is not
 * @param synHighSince since when
 */
record GroupView(
    History.Memory memory,
    long fullNanos,
    long highNanos,
    Optional<Instant> highSince,
    long synHighNanos,
    Optional<Instant> synHighSince) {
  static final GroupView QUIET =
      new GroupView(History.Memory.NONE, 0, 0, Optional.empty(), 0, Optional.empty());

  boolean isFullFor(Duration time) {
    return fullNanos >= time.toNanos();
  }
}
