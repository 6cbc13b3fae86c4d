package io.synoptic.agent;

import java.util.Set;

/**
 * Which series a network namespace other than the agent's own has. What is known of it, and what
 * findings, the page and {@code /api/v1/now} show, is all of it in any case.
 */
enum NetnsDetail {
  /** Sockets by state, and what the alerts on a namespace read. */
  states,
  /** And each listener's queues, drops, owner, and connections by state. */
  listeners,
  /** Everything. */
  all;

  private static final String LISTENER = "synoptic.tcp.listener.";

  private static final Set<String> STATES =
      Set.of(
          "synoptic.tcp.sockets",
          "synoptic.netns.last.scan.timestamp",
          "synoptic.tcp.active.opens",
          "synoptic.tcp.connection.attempts.failed",
          "synoptic.tcp.sent.segments",
          "synoptic.tcp.retransmitted.segments",
          "synoptic.tcp.retransmitted.syn.segments",
          "synoptic.tcp.connection.requests.dropped",
          "synoptic.tcp.accept.queue.overflows",
          "synoptic.tcp.syn.queue.full.drops",
          "synoptic.tcp.syncookies.mode",
          "synoptic.tcp.syncookies.sent",
          "synoptic.tcp.syncookies.received",
          "synoptic.tcp.time.wait.buckets",
          "synoptic.tcp.time.wait.buckets.limit",
          "synoptic.tcp.time.wait.overflows",
          "synoptic.tcp.aborts.on.memory",
          "synoptic.tcp.busiest.destination.ports",
          "synoptic.tcp.busiest.destination.held.ports",
          "synoptic.tcp.ephemeral.ports.limit");

  private static final Set<String> LISTENERS =
      Set.of(
          LISTENER + "sockets",
          LISTENER + "accept.queue.length",
          LISTENER + "accept.queue.limit",
          LISTENER + "accept.queue.utilization.ratio",
          LISTENER + "accept.queue.peak.utilization.ratio",
          LISTENER + "accept.queue.full",
          LISTENER + "accept.queue.utilization",
          LISTENER + "accept.queue.length.seconds",
          LISTENER + "syn.queue.length",
          LISTENER + "syn.queue.limit",
          LISTENER + "syn.queue.utilization.ratio",
          LISTENER + "fast.open.queue.length",
          LISTENER + "drops",
          LISTENER + "connections",
          LISTENER + "info",
          LISTENER + "opened.connections");

  /**
   * Whether a namespace other than the agent's own has series of a family.
   *
   * @param family its name in the catalogue
   */
  boolean shows(String family) {
    return switch (this) {
      case states -> STATES.contains(family);
      case listeners -> STATES.contains(family) || LISTENERS.contains(family);
      case all -> true;
    };
  }
}
