package io.synoptic;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The listening sockets of one address and port, or those that share a place for want of more: the
 * port is then {@code ephemeral}, or address and port are {@code other}. Immutable.
 *
 * <p>Sums over the sockets that the last scan saw; counters since the start, or since the group has
 * a place of its own.
 */
public final class ListenerGroup {
  private final String address;
  private final String port;
  private final long sockets;
  private final long acceptQueueLength;
  private final OptionalLong acceptQueueLimit;
  private final OptionalDouble acceptQueueUtilization;
  private final OptionalDouble acceptQueuePeakUtilization;
  private final OptionalDouble acceptQueueFullSeconds;
  private final OptionalDouble acceptQueueUtilizationSeconds;
  private final OptionalLong drops;
  private final long[] connections;
  private final long cgroup;
  private final long inode;
  private final Owner owner;
  private final String process;

  /**
   * What an account holds now.
   *
   * @param watched whether the fast lane vouches for peak and seconds
   */
  ListenerGroup(ListenerAccount account, boolean watched, long nowNanos) {
    address = account.address();
    port = account.port();
    sockets = account.sockets();
    acceptQueueLength = account.acceptQueueLength();
    boolean limit = account.knowsLimit();
    acceptQueueLimit = limit ? OptionalLong.of(account.acceptQueueLimit()) : OptionalLong.empty();
    acceptQueueUtilization = when(limit, account.utilization());
    acceptQueuePeakUtilization =
        when(limit && watched, Math.max(account.peak(nowNanos), account.utilization()));
    acceptQueueFullSeconds = when(limit && watched, account.fullSeconds());
    acceptQueueUtilizationSeconds = when(limit && watched, account.utilizationSeconds());
    drops = account.knowsDrops() ? OptionalLong.of(account.drops()) : OptionalLong.empty();
    connections = account.connections();
    boolean folded = !ListenerPlaces.isNumber(port);
    cgroup = folded ? 0 : account.cgroup();
    inode = folded ? 0 : account.inode();
    owner = Owner.NONE;
    process = "";
  }

  private ListenerGroup(ListenerGroup group, Owner owner, String process) {
    address = group.address;
    port = group.port;
    sockets = group.sockets;
    acceptQueueLength = group.acceptQueueLength;
    acceptQueueLimit = group.acceptQueueLimit;
    acceptQueueUtilization = group.acceptQueueUtilization;
    acceptQueuePeakUtilization = group.acceptQueuePeakUtilization;
    acceptQueueFullSeconds = group.acceptQueueFullSeconds;
    acceptQueueUtilizationSeconds = group.acceptQueueUtilizationSeconds;
    drops = group.drops;
    connections = group.connections;
    cgroup = group.cgroup;
    inode = group.inode;
    this.owner = owner;
    this.process = process;
  }

  /** The same with names. */
  ListenerGroup ownedBy(Owner newOwner, String newProcess) {
    return new ListenerGroup(this, newOwner, newProcess);
  }

  /** Of its first socket; 0 if unknown, and of groups that share a place. */
  long cgroup() {
    return cgroup;
  }

  /** Of its first socket; 0 if unknown, and of groups that share a place. */
  long inode() {
    return inode;
  }

  /** Whose its first socket is, that with the lowest cookie; nobody's if that isn't known. */
  public Owner owner() {
    return owner;
  }

  /** The name of a process that holds its first socket; empty if it can't be read. */
  public String process() {
    return process;
  }

  private static OptionalDouble when(boolean known, double value) {
    return known ? OptionalDouble.of(value) : OptionalDouble.empty();
  }

  /** {@code 0.0.0.0}, {@code ::}, an address in the spelling of RFC 5952, or {@code other}. */
  public String address() {
    return address;
  }

  /** A number, {@code ephemeral} or {@code other}. */
  public String port() {
    return port;
  }

  /** Listening sockets; several with SO_REUSEPORT or SO_BINDTODEVICE. */
  public long sockets() {
    return sockets;
  }

  /** Connections that wait to be accepted, in all queues of the group. */
  public long acceptQueueLength() {
    return acceptQueueLength;
  }

  /** The sum of the backlogs; the limit of the SYN queues as well. Empty if unknown. */
  public OptionalLong acceptQueueLimit() {
    return acceptQueueLimit;
  }

  /** Of the fullest socket: length / (limit + 1), exactly 1 when full. Empty if unknown. */
  public OptionalDouble acceptQueueUtilization() {
    return acceptQueueUtilization;
  }

  /** The highest utilization of the last 60 seconds. Empty if nobody watched. */
  public OptionalDouble acceptQueuePeakUtilization() {
    return acceptQueuePeakUtilization;
  }

  /** Seconds in which any socket was full. Empty if nobody watched. */
  public OptionalDouble acceptQueueFullSeconds() {
    return acceptQueueFullSeconds;
  }

  /** Utilization times seconds. Empty if nobody watched. */
  public OptionalDouble acceptQueueUtilizationSeconds() {
    return acceptQueueUtilizationSeconds;
  }

  /** What the sockets of the group have dropped since. Empty if the source doesn't tell. */
  public OptionalLong drops() {
    return drops;
  }

  /** Request sockets: connections whose handshake has begun and not ended. */
  public OptionalLong synQueueLength() {
    return connections(TcpState.SYN_RECV);
  }

  /** Sockets in one state that belong to the group. Empty if only listeners were scanned. */
  public OptionalLong connections(TcpState state) {
    return connections == null
        ? OptionalLong.empty()
        : OptionalLong.of(connections[state.number()]);
  }
}
