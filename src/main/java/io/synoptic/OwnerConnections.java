package io.synoptic;

import java.util.List;

/** The connections of one owner in one direction as one scan saw them. Immutable when shown. */
public final class OwnerConnections {
  /** Whose cgroup the kernel tells: request and timewait sockets belong to nobody. */
  private static final List<TcpState> WITH_CGROUP =
      TcpState.ALL.stream()
          .filter(
              state ->
                  state != TcpState.LISTEN
                      && state != TcpState.CLOSE
                      && state != TcpState.SYN_RECV
                      && state != TcpState.TIME_WAIT)
          .toList();

  private static final List<TcpState> ALL =
      TcpState.ALL.stream()
          .filter(state -> state != TcpState.LISTEN && state != TcpState.CLOSE)
          .toList();

  private final Owner owner;
  private final Direction direction;
  private final long[] connections = new long[SnapshotLayout.STATES];

  OwnerConnections(Owner owner, Direction direction) {
    this.owner = owner;
    this.direction = direction;
  }

  void add(CgroupConnections cgroup) {
    for (TcpState state : ALL) {
      connections[state.number()] += cgroup.connections(direction, state);
    }
  }

  /** {@link Owner#NONE} for those that nobody is known to own. */
  public Owner owner() {
    return owner;
  }

  /** Which side began them. */
  public Direction direction() {
    return direction;
  }

  /** The states that may be other than 0. */
  public List<TcpState> states() {
    return owner.equals(Owner.NONE) ? ALL : WITH_CGROUP;
  }

  /** Connections in one state. */
  public long connections(TcpState state) {
    return connections[state.number()];
  }
}
