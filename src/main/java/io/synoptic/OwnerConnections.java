package io.synoptic;

import java.util.List;
import java.util.Optional;

/**
 * The connections of one owner in one direction as one scan saw them.
 *
 * @param owner {@link Owner#NONE} for connections whose owner is unknown
 * @param direction which side began them
 * @param connections by state
 * @param queues what is in their queues
 * @param closeWait the ages of those in {@code close_wait}. Empty where the source doesn't have
 *     them
 */
public record OwnerConnections(
    Owner owner,
    Direction direction,
    StateCounts connections,
    QueueCounts queues,
    Optional<CloseWaitAges> closeWait) {
  private static final List<TcpState> ALL =
      TcpState.ALL.stream()
          .filter(state -> state != TcpState.LISTEN && state != TcpState.CLOSE)
          .toList();

  /** The states in which the kernel has a cgroup: request and timewait sockets have none. */
  private static final List<TcpState> WITH_CGROUP =
      ALL.stream()
          .filter(state -> state != TcpState.SYN_RECV && state != TcpState.TIME_WAIT)
          .toList();

  /** The states that may be other than 0. */
  public List<TcpState> states() {
    return owner.equals(Owner.NONE) ? ALL : WITH_CGROUP;
  }

  /** Connections in one state. */
  public long connections(TcpState state) {
    return connections.get(state);
  }
}
