package io.synoptic;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * A listener group: the listening sockets of one address and port in one network namespace. Past a
 * limit groups share one: then the port is {@code ephemeral}, or address and port are {@code
 * other}.
 *
 * <p>Lengths and limits are sums over the sockets that the last scan saw. Counters begin at 0 when
 * the agent starts, or when the group gets labels of its own.
 *
 * @param address {@code 0.0.0.0}, {@code ::}, an address in the spelling of RFC 5952, or {@code
 *     other}
 * @param port a number, {@code ephemeral} or {@code other}
 * @param sockets listening sockets; several with SO_REUSEPORT or SO_BINDTODEVICE
 * @param acceptQueueLength connections that wait to be accepted, in all queues of the group
 * @param acceptQueueLimit the sum of the backlogs; the limit of the SYN queues as well. Empty if
 *     unknown
 * @param acceptQueueUtilization of the fullest socket: length / (limit + 1), exactly 1 when full,
 *     and more while the queue is longer than a limit that was lowered since. Empty if unknown
 * @param acceptQueuePeakUtilization the highest utilization of the last 60 seconds. Empty without a
 *     sampler
 * @param acceptQueueFullSeconds seconds in which any socket was full. Empty without a sampler
 * @param acceptQueueUtilizationSeconds utilization times seconds. Empty without a sampler
 * @param acceptQueueLengthSeconds length times seconds: connections that waited, by how long. Empty
 *     without a sampler
 * @param synQueueUtilization of the socket with the fullest SYN queue: length / (limit + 1). Empty
 *     where the source doesn't have it
 * @param fastOpenQueueLength connections that came with data (TCP Fast Open) and whose handshake
 *     has not ended. Empty where the source doesn't have it
 * @param drops what the group's sockets have dropped. Empty where the source doesn't have it
 * @param connections sockets by state that belong to the group. Empty if only listeners were
 *     scanned
 * @param timers of these connections. Empty where the source doesn't have them, and if only
 *     listeners were scanned
 * @param closeWait the ages of those in {@code close_wait}. Empty likewise
 * @param cgroup the cgroup id of the first socket, that with the lowest cookie; 0 if unknown, and
 *     where groups share one
 * @param inode that socket's inode; 0 if unknown, and where groups share one
 * @param owner that socket's owner; {@link Owner#NONE} if unknown
 * @param process the name of a process that holds that socket; empty if it can't be read
 */
public record ListenerGroup(
    String address,
    String port,
    long sockets,
    long acceptQueueLength,
    OptionalLong acceptQueueLimit,
    OptionalDouble acceptQueueUtilization,
    OptionalDouble acceptQueuePeakUtilization,
    OptionalDouble acceptQueueFullSeconds,
    OptionalDouble acceptQueueUtilizationSeconds,
    OptionalDouble acceptQueueLengthSeconds,
    OptionalDouble synQueueUtilization,
    OptionalLong fastOpenQueueLength,
    OptionalLong drops,
    Optional<StateCounts> connections,
    Optional<TimerCounts> timers,
    Optional<CloseWaitAges> closeWait,
    long cgroup,
    long inode,
    Owner owner,
    String process) {

  /** The same group with these names. */
  public ListenerGroup ownedBy(Owner newOwner, String newProcess) {
    return new ListenerGroup(
        address,
        port,
        sockets,
        acceptQueueLength,
        acceptQueueLimit,
        acceptQueueUtilization,
        acceptQueuePeakUtilization,
        acceptQueueFullSeconds,
        acceptQueueUtilizationSeconds,
        acceptQueueLengthSeconds,
        synQueueUtilization,
        fastOpenQueueLength,
        drops,
        connections,
        timers,
        closeWait,
        cgroup,
        inode,
        newOwner,
        newProcess);
  }

  /** Request sockets: connections whose handshake has begun and not ended. */
  public OptionalLong synQueueLength() {
    return connections(TcpState.SYN_RECV);
  }

  /** Sockets in one state that belong to the group. Empty if only listeners were scanned. */
  public OptionalLong connections(TcpState state) {
    return connections.isPresent()
        ? OptionalLong.of(connections.get().get(state))
        : OptionalLong.empty();
  }
}
