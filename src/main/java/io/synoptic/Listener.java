package io.synoptic;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * One listening socket as one scan saw it. Immutable.
 *
 * <p>Several may share an address and port (SO_REUSEPORT, SO_BINDTODEVICE). The connections of all
 * of them are then told by the first.
 */
public final class Listener {
  private final long cookie;
  private final ListenerAddress address;
  private final boolean knowsLimit;
  private final boolean knowsDrops;
  private final long acceptQueueLength;
  private final long acceptQueueLimit;
  private final long drops;
  private final long[] connections = new long[SnapshotLayout.STATES];
  private final long cgroup;

  /** Copies a row. */
  Listener(ListenerTable table, int row) {
    cookie = table.cookie(row);
    address = table.address(row);
    knowsLimit = table.knowsLimit(row);
    knowsDrops = table.knowsDrops(row);
    acceptQueueLength = table.acceptQueueLength(row);
    acceptQueueLimit = table.acceptQueueLimit(row);
    drops = Integer.toUnsignedLong(table.drops(row));
    cgroup = table.cgroup(row);
    Arrays.setAll(connections, state -> table.connections(row, state));
  }

  /** Names the socket while it lives: the kernel's cookie; through proc its inode. */
  public long cookie() {
    return cookie;
  }

  /** {@link IpFamily#IPV6} for a dual-stack listener on {@code ::}. */
  public IpFamily family() {
    return address.family();
  }

  /** {@code 0.0.0.0}, {@code ::}, or an address in the spelling of RFC 5952. */
  public String address() {
    return address.text();
  }

  /** 1 to 65535. */
  public int port() {
    return address.port();
  }

  /** Connections that wait to be accepted by the program: {@code sk_ack_backlog}. */
  public long acceptQueueLength() {
    return acceptQueueLength;
  }

  /**
   * The backlog: what the program asked for, at most {@code somaxconn}. The queue is full when
   * longer than that. Empty if the source doesn't tell.
   */
  public OptionalLong acceptQueueLimit() {
    return knowsLimit ? OptionalLong.of(acceptQueueLimit) : OptionalLong.empty();
  }

  /** Length / (limit + 1): exactly 1 when full. Empty if the limit is unknown. */
  public OptionalDouble acceptQueueUtilization() {
    return knowsLimit
        ? OptionalDouble.of(acceptQueueLength / (acceptQueueLimit + 1.0))
        : OptionalDouble.empty();
  }

  /** Connections that the handshake has begun for and not ended: the SYN queue. */
  public long synQueueLength() {
    return connections(TcpState.SYN_RECV);
  }

  /**
   * What the kernel has dropped at this socket since it was opened, modulo 2^32 ({@code sk_drops}):
   * connections for want of room, but repeated SYNs and ACKs and filtered segments as well. Empty
   * if the source doesn't tell.
   */
  public OptionalLong drops() {
    return knowsDrops ? OptionalLong.of(drops) : OptionalLong.empty();
  }

  /** Sockets in one state whose local address and port are this listener's. */
  public long connections(TcpState state) {
    return connections[state.number()];
  }

  /**
   * The inode number, in the cgroup2 hierarchy, of the cgroup in which the socket was opened. Empty
   * if the source doesn't tell.
   */
  public OptionalLong cgroup() {
    return cgroup == SnapshotLayout.OWNER_UNKNOWN ? OptionalLong.empty() : OptionalLong.of(cgroup);
  }

  @Override
  public String toString() {
    String host = family() == IpFamily.IPV4 ? address() : "[" + address() + "]";
    return host + ":" + port();
  }
}
