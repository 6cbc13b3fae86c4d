package io.synoptic.findings;

import java.util.Locale;

/** What can be found. */
public enum FindingKind {
  /** Connections wait to be accepted and there is no room for more. */
  ACCEPT_QUEUE_FULL("slow-accept"),
  /** The accept queue was full for moments, or is more than half full on average. */
  ACCEPT_QUEUE_FILLING("burst"),
  /** A queue was full whose limit is the backlog argument of the program, not somaxconn. */
  LIMITED_BY_BACKLOG("syn-queue-full"),
  /** A queue was full whose limit is somaxconn: the program may have asked for more. */
  LIMITED_BY_SOMAXCONN("syn-queue-full"),
  /** The SYN queue is full. */
  SYN_QUEUE_FULL("syn-queue-full"),
  /** Many handshakes begin and few end. */
  SYN_FLOOD("syn-flood"),
  /** Peers have closed and a program here has not, for long. */
  CLOSE_WAIT_FORGOTTEN("close_wait-leak"),
  /** Local ports towards one destination are nearly used up. */
  PORTS_RUN_OUT("time_wait"),
  /** Connects from here get no answer. */
  CONNECTS_HANG("connects-that-hang"),
  /** Connects from here fail. */
  CONNECTS_FAIL("connects-that-fail"),
  /** Time-wait buckets are nearly used up. */
  TIME_WAIT_FULL("time_wait-buckets-used-up"),
  /** Orphans are near the host's limit. */
  ORPHANS_NEAR_LIMIT("orphans"),
  /** TCP's memory is near the host's limit. */
  MEMORY_NEAR_LIMIT("memory"),
  /** Peers acknowledge nothing, or much is sent again. */
  RETRANSMITTING("retransmissions");

  private final String label = name().toLowerCase(Locale.ROOT);
  private final String symptom;

  FindingKind(String symptom) {
    this.symptom = symptom;
  }

  /** As programs read it: {@code accept_queue_full}. */
  public String label() {
    return label;
  }

  /** The heading of docs/troubleshooting.md that explains it, as an anchor. */
  public String symptom() {
    return symptom;
  }
}
