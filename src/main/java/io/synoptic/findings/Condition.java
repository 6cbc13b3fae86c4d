package io.synoptic.findings;

import io.synoptic.KernelCounter;
import io.synoptic.NamespaceReport;
import io.synoptic.SocketSnapshot;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What a namespace is in for a time, so that a finding can say since when. */
enum Condition {
  CONNECTS_HANG,
  PORTS_RUN_OUT,
  TIME_WAIT_FULL,
  ORPHANS_NEAR_LIMIT,
  MEMORY_NEAR_LIMIT,
  RETRANSMITTING;

  static final List<Condition> ALL = List.of(values());

  /** One that is back after a shorter break goes on: a value may sit on the edge. */
  static final long BREAK_NANOS = TimeUnit.MINUTES.toNanos(2);

  boolean holds(NamespaceReport namespace) {
    return switch (this) {
      case CONNECTS_HANG -> Levels.hanging(namespace) > Thresholds.HANGING;
      case PORTS_RUN_OUT -> Levels.portsRatio(namespace).orElse(0) > Thresholds.PORTS_HIGH;
      case TIME_WAIT_FULL ->
          Levels.ratio(
                      namespace,
                      KernelCounter.TIME_WAIT_BUCKETS,
                      KernelCounter.TIME_WAIT_BUCKETS_LIMIT)
                  .orElse(0)
              > Thresholds.BUCKETS;
      case ORPHANS_NEAR_LIMIT ->
          Levels.ratio(namespace, KernelCounter.ORPHANS, KernelCounter.MAX_ORPHANS).orElse(0)
              > Thresholds.ORPHANS;
      case MEMORY_NEAR_LIMIT ->
          Levels.ratio(namespace, KernelCounter.MEMORY, KernelCounter.MEMORY_PRESSURE).orElse(0)
              > 1;
      case RETRANSMITTING -> isStuck(namespace);
    };
  }

  private static boolean isStuck(NamespaceReport namespace) {
    Optional<SocketSnapshot> sockets = namespace.sockets();
    return sockets.isPresent()
        && isMuch(Levels.retransmitting(namespace), Levels.sending(sockets.get()));
  }

  /** Whether so many stuck connections are more than what is usual among {@code all}. */
  static boolean isMuch(long stuck, long all) {
    return stuck > Thresholds.STUCK && stuck > Thresholds.STUCK_SHARE * all;
  }
}
