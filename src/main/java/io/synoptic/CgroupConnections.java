package io.synoptic;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * The connections of one cgroup as one scan saw them.
 *
 * <p>A connection belongs to the cgroup in which its socket was opened; an accepted one to that of
 * its listener.
 *
 * @param kind of a cgroup, or of connections that have none
 * @param cgroup the inode number of the cgroup's directory in the cgroup2 hierarchy, which may be
 *     gone; empty unless {@code kind} is {@link Kind#CGROUP}
 * @param inbound connections that belong to a listener
 * @param outbound connections that belong to none
 * @param inboundQueues what is in the queues of the inbound ones
 * @param outboundQueues what is in the queues of the outbound ones
 * @param inboundCloseWait the ages of the inbound ones in {@code close_wait}. Empty where the
 *     source doesn't have them
 * @param outboundCloseWait the ages of the outbound ones, likewise
 */
public record CgroupConnections(
    Kind kind,
    OptionalLong cgroup,
    StateCounts inbound,
    StateCounts outbound,
    QueueCounts inboundQueues,
    QueueCounts outboundQueues,
    Optional<CloseWaitAges> inboundCloseWait,
    Optional<CloseWaitAges> outboundCloseWait) {

  /** What a row counts. */
  public enum Kind {
    /** The connections of one cgroup. */
    CGROUP,
    /**
     * Connections that the kernel names no cgroup of: those in {@code syn_recv} and {@code
     * time_wait}; from {@link Source#PROC}, and before Linux 5.8, all of them.
     */
    UNKNOWN,
    /** The connections of all cgroups that the scan had no row for. */
    OTHER
  }

  /** The connections of the cgroup with this inode number, with empty queues and no ages. */
  public static CgroupConnections of(long cgroup, StateCounts inbound, StateCounts outbound) {
    return new CgroupConnections(
        Kind.CGROUP,
        OptionalLong.of(cgroup),
        inbound,
        outbound,
        QueueCounts.ZERO,
        QueueCounts.ZERO,
        Optional.empty(),
        Optional.empty());
  }

  /** The connections in one direction. */
  public StateCounts connections(Direction direction) {
    return direction == Direction.INBOUND ? inbound : outbound;
  }

  /** What is in the queues of the connections in one direction. */
  public QueueCounts queues(Direction direction) {
    return direction == Direction.INBOUND ? inboundQueues : outboundQueues;
  }

  /** The ages of the connections in one direction that are in {@code close_wait}. */
  public Optional<CloseWaitAges> closeWait(Direction direction) {
    return direction == Direction.INBOUND ? inboundCloseWait : outboundCloseWait;
  }
}
