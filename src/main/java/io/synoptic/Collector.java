package io.synoptic;

import java.util.Locale;

/** What can be switched off by itself, each with its own share of the metrics. */
public enum Collector {
  /** Every socket by state: one dump of all of them a scan. */
  SOCKETS,
  /** Every listener's queues and drops: with the sockets' dump, and by the sampler. */
  LISTENERS,
  /** The counters and limits of the network namespace, from name-value text. */
  COUNTERS,
  /**
   * How connections begin and end, counted in the kernel by the program that {@code
   * synoptic-launcher} attaches.
   */
  HANDSHAKES;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** As metrics and options carry it: {@code sockets}. */
  public String label() {
    return label;
  }
}
