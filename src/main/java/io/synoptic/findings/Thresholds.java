package io.synoptic.findings;

import java.time.Duration;

/**
 * From where on something is a finding. An idle host is far from each of them, and a busy one that
 * is well stays below.
 */
final class Thresholds {
  /** A backlog below this is full when a few clients come at once, so only what lasts counts. */
  static final long SMALL_BACKLOG = 8;

  /**
   * How long a small backlog must be full: clients repeat a SYN after one second and after three.
   */
  static final Duration SMALL_LASTS = Duration.ofSeconds(5);

  /** Seconds at full in ten minutes. Each is a second in which every client was turned away. */
  static final double FULL_SECONDS = 1;

  /** The same of a small backlog: one client in a hundred. */
  static final double SMALL_FULL_SECONDS = 6;

  /** Half full is more than a program lets wait that keeps up. */
  static final double HIGH = 0.5;

  /** How long a queue must be half full: a program that only pauses is back before. */
  static final Duration HIGH_LASTS = Duration.ofSeconds(10);

  /** Full for so long is no burst any more: more room only lets more clients wait. */
  static final Duration BURST = Duration.ofMinutes(1);

  /** Fewer handshakes than this under way are no flood, however small the backlog. */
  static final long HANDSHAKES = 16;

  /** How long handshakes must fill half the queue: a round trip is over long before. */
  static final Duration HANDSHAKES_LAST = Duration.ofSeconds(3);

  /** SYN cookies a second that a stray burst does not leave behind. */
  static final double COOKIES_PER_SECOND = 1;

  /** Fewer events than this since the last look or two have no rate. */
  static final double FEW = 10;

  /** Connections in CLOSE_WAIT for more than a minute: slow programs have some. */
  static final long FORGOTTEN = 10;

  /** For more than ten minutes: no request takes that long, but a desktop's programs keep a few. */
  static final long LONG_FORGOTTEN = 5;

  /** Of all local ports towards a destination: 20,000 of the default range. */
  static final double PORTS_HIGH = 0.7;

  /** From here on the kernel searches long for a free one, and soon finds none. */
  static final double PORTS_GONE = 0.9;

  /** Connects whose SYN was repeated, at one moment: a host that lost a peer has more. */
  static final long HANGING = 10;

  /** Failed connects a second: more than one health check of something that is off. */
  static final double FAILURES_PER_SECOND = 0.1;

  /** Of all that was tried. */
  static final double FAILURES_SHARE = 0.05;

  /** The same where inbound handshakes that peers reset are counted as well. */
  static final double MIXED_FAILURES_SHARE = 0.2;

  /** Of the time-wait buckets. */
  static final double BUCKETS = 0.9;

  /** The kernel counts an orphan twice whose peer has long been silent. */
  static final double ORPHANS = 0.5;

  /** Of the memory's limit: at the limit connections are reset. */
  static final double MEMORY = 0.9;

  /** Connections that wait for an acknowledgement: a public server always has some dead clients. */
  static final long STUCK = 20;

  /** Of all: among clients on the move one or two in a hundred are always gone. */
  static final double STUCK_SHARE = 0.1;

  /** Segments sent again a second; a host that hardly sends has single ones. */
  static final double RETRANSMITS_PER_SECOND = 10;

  /** A path that loses 1 % is usual, at 5 % a connection gets little through. */
  static final double RETRANSMITS_SHARE = 0.05;

  private Thresholds() {}
}
