package io.synoptic.findings;

import io.synoptic.Destination;
import io.synoptic.KernelCounter;
import io.synoptic.ListenerGroup;
import io.synoptic.NamespaceReport;
import io.synoptic.SocketSnapshot;
import io.synoptic.StateCounts;
import io.synoptic.TcpState;
import io.synoptic.TimeWaitReuse;
import io.synoptic.TimerCounts;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** How near something is to its limit; what is unknown is empty, or 0 where that is said. */
final class Levels {
  /** States of connections that send data or a FIN, and may have to repeat it. */
  private static final List<TcpState> SENDING =
      List.of(
          TcpState.ESTABLISHED,
          TcpState.CLOSE_WAIT,
          TcpState.FIN_WAIT1,
          TcpState.LAST_ACK,
          TcpState.CLOSING);

  private Levels() {}

  /**
   * Of the socket with the fullest SYN queue: length / (limit + 1). Where the source has the sum of
   * the group alone, that of the sum, which is never too high. 0 if unknown.
   */
  static double synQueue(ListenerGroup group) {
    if (group.synQueueUtilization().isPresent()) {
      return group.synQueueUtilization().getAsDouble();
    }
    if (group.synQueueLength().isEmpty() || group.acceptQueueLimit().isEmpty()) {
      return 0;
    }
    long room = group.acceptQueueLimit().getAsLong() + group.sockets();
    return room <= 0 ? 0 : (double) group.synQueueLength().getAsLong() / room;
  }

  /** The backlog of one socket of a group, if all have the same. */
  static Optional<Long> backlog(ListenerGroup group) {
    if (group.acceptQueueLimit().isEmpty() || group.sockets() < 1) {
      return Optional.empty();
    }
    long sum = group.acceptQueueLimit().getAsLong();
    return sum % group.sockets() == 0 ? Optional.of(sum / group.sockets()) : Optional.empty();
  }

  /** Connects that got no answer to their first SYN. */
  static long hanging(NamespaceReport namespace) {
    Optional<SocketSnapshot> sockets = namespace.sockets();
    return sockets.isEmpty() || sockets.get().outboundTimers().isEmpty()
        ? 0
        : Math.min(
            sockets.get().outbound(TcpState.SYN_SENT).orElse(0),
            sockets.get().outboundTimers().get().repeatedSyn());
  }

  /**
   * Local ports towards the busiest destination that a connect can't have. Never too high: what the
   * count may be off is taken away, and so are those in {@code time_wait} that a connect may have
   * after a second. Where that is unknown, those of loopback: the kernel's default.
   */
  static long ports(NamespaceReport namespace) {
    if (namespace.sockets().isEmpty()) {
      return 0;
    }
    SocketSnapshot sockets = namespace.sockets().get();
    TimeWaitReuse reuse = namespace.timeWaitReuse().orElse(TimeWaitReuse.LOOPBACK);
    if (sockets.destinations().isEmpty()) {
      return Math.max(
          0, sockets.heldDestinationPorts(reuse).orElse(0) - sockets.busiestDestinationError());
    }
    long most = 0;
    for (Destination to : sockets.destinations()) {
      most = Math.max(most, to.ports(reuse) - to.error());
    }
    return most;
  }

  /** {@link #ports} by all that there are. */
  static OptionalDouble portsRatio(NamespaceReport namespace) {
    OptionalDouble all = value(namespace, KernelCounter.EPHEMERAL_PORTS);
    return namespace.sockets().isPresent() && all.orElse(0) > 0
        ? OptionalDouble.of(ports(namespace) / all.getAsDouble())
        : OptionalDouble.empty();
  }

  /** One counter by another. */
  static OptionalDouble ratio(NamespaceReport namespace, KernelCounter of, KernelCounter by) {
    OptionalDouble value = value(namespace, of);
    OptionalDouble limit = value(namespace, by);
    return value.isPresent() && limit.orElse(0) > 0
        ? OptionalDouble.of(value.getAsDouble() / limit.getAsDouble())
        : OptionalDouble.empty();
  }

  static OptionalDouble value(NamespaceReport namespace, KernelCounter counter) {
    return namespace.counters().isPresent()
        ? namespace.counters().get().value(counter)
        : OptionalDouble.empty();
  }

  /** The outbound connections of a namespace that wait for an acknowledgement of what they sent. */
  static long retransmitting(NamespaceReport namespace) {
    return namespace
        .sockets()
        .flatMap(SocketSnapshot::outboundTimers)
        .map(TimerCounts::retransmitting)
        .orElse(0L);
  }

  /** Outbound connections that may have to repeat something. 0 if unknown. */
  static long sending(SocketSnapshot sockets) {
    long sum = 0;
    for (TcpState state : SENDING) {
      sum += sockets.outbound(state).orElse(0);
    }
    return sum;
  }

  /** Connections that may have to repeat something. */
  static long sending(StateCounts counts) {
    long sum = 0;
    for (TcpState state : SENDING) {
      sum += counts.get(state);
    }
    return sum;
  }
}
