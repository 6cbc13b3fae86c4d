package io.synoptic;

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
 */
public record CgroupConnections(
    Kind kind,
    OptionalLong cgroup,
    StateCounts inbound,
    StateCounts outbound,
    QueueCounts inboundQueues,
    QueueCounts outboundQueues) {

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

  /** The connections of the cgroup with this inode number, with empty queues. */
  public static CgroupConnections of(long cgroup, StateCounts inbound, StateCounts outbound) {
    return new CgroupConnections(
        Kind.CGROUP,
        OptionalLong.of(cgroup),
        inbound,
        outbound,
        QueueCounts.ZERO,
        QueueCounts.ZERO);
  }

  /** The connections in one direction. */
  public StateCounts connections(Direction direction) {
    return direction == Direction.INBOUND ? inbound : outbound;
  }

  /** What is in the queues of the connections in one direction. */
  public QueueCounts queues(Direction direction) {
    return direction == Direction.INBOUND ? inboundQueues : outboundQueues;
  }
}
