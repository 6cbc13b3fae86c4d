package io.synoptic;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * One listening socket as one scan saw it.
 *
 * <p>Several may share an address and port (SO_REUSEPORT, SO_BINDTODEVICE). Then the first of them
 * has the connections of all.
 *
 * @param cookie names the socket while it lives: the kernel's cookie; through proc its inode
 * @param family {@link IpFamily#IPV6} for a dual-stack listener on {@code ::}
 * @param address {@code 0.0.0.0}, {@code ::}, or an address in the spelling of RFC 5952
 * @param port 1 to 65535
 * @param acceptQueueLength connections that wait for the program to accept them: {@code
 *     sk_ack_backlog}
 * @param acceptQueueLimit the backlog: what the program asked for, at most {@code somaxconn}
 *     ({@code sk_max_ack_backlog}). The queue is full when it is longer than that. Empty where the
 *     source doesn't have it
 * @param drops what the kernel has dropped at this socket since it was opened, modulo 2^32 ({@code
 *     sk_drops}): connections that found a queue full, but repeated SYNs and ACKs and filtered
 *     segments as well. Empty where the source doesn't have it
 * @param connections sockets by state, with this listener's local address and port
 * @param timers of these connections. Empty where the source doesn't have them
 * @param closeWait the ages of those in {@code close_wait}. Empty where the source doesn't have
 *     them
 * @param cgroup the inode number, in the cgroup2 hierarchy, of the cgroup in which the socket was
 *     opened. Empty where the source doesn't have it
 */
public record ListeningSocket(
    long cookie,
    IpFamily family,
    String address,
    int port,
    long acceptQueueLength,
    OptionalLong acceptQueueLimit,
    OptionalLong drops,
    StateCounts connections,
    Optional<TimerCounts> timers,
    Optional<CloseWaitAges> closeWait,
    OptionalLong cgroup) {

  /** Length / (limit + 1): exactly 1 when full. Empty if the limit is unknown. */
  public OptionalDouble acceptQueueUtilization() {
    return acceptQueueLimit.isPresent()
        ? OptionalDouble.of(acceptQueueLength / (acceptQueueLimit.getAsLong() + 1.0))
        : OptionalDouble.empty();
  }

  /** Request sockets: connections whose handshake has begun and not ended. */
  public long synQueueLength() {
    return connections(TcpState.SYN_RECV);
  }

  /** Sockets in one state with this listener's local address and port. */
  public long connections(TcpState state) {
    return connections.get(state);
  }

  @Override
  public String toString() {
    return (family == IpFamily.IPV4 ? address : "[" + address + "]") + ":" + port;
  }
}
