package io.synoptic;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The last good figures of one network namespace, however old; what is not collected is empty.
 *
 * @param name as labels name it
 * @param sockets counts by state and the rest of a scan of all sockets, with its time
 * @param owners the connections by owner; empty where they can't be separated
 * @param listeners the listener groups
 * @param counters the kernel's counters and limits, some of which may have failed; empty for a
 *     namespace without a process to read them of
 * @param handshakes how connections have begun and ended
 */
public record NamespaceReport(
    NetworkNamespace name,
    Optional<SocketSnapshot> sockets,
    List<OwnerConnections> owners,
    Optional<ListenerFigures> listeners,
    Optional<NamespaceCounters> counters,
    Optional<HandshakeFigures> handshakes) {

  /** Copies the list. */
  public NamespaceReport {
    owners = List.copyOf(owners);
  }

  /** A namespace of which nothing is known yet. */
  public static NamespaceReport empty(NetworkNamespace name) {
    return new NamespaceReport(
        name, Optional.empty(), List.of(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Which ports in {@code time_wait} a new connection may take; empty if that is not known. */
  public Optional<TimeWaitReuse> timeWaitReuse() {
    OptionalDouble mode =
        counters.isPresent()
            ? counters.get().value(KernelCounter.TIME_WAIT_REUSE_MODE)
            : OptionalDouble.empty();
    return mode.isPresent() && mode.getAsDouble() < TimeWaitReuse.ALL.size()
        ? Optional.of(TimeWaitReuse.ALL.get((int) mode.getAsDouble()))
        : Optional.empty();
  }

  /**
   * {@link SocketSnapshot#heldDestinationPorts} by the sysctl of the namespace; as if no port in
   * {@code time_wait} were taken again where that is not known.
   */
  public OptionalLong heldDestinationPorts() {
    TimeWaitReuse reuse = timeWaitReuse().orElse(TimeWaitReuse.NONE);
    return sockets.isPresent() ? sockets.get().heldDestinationPorts(reuse) : OptionalLong.empty();
  }

  /** The same with these sockets, of these owners. */
  public NamespaceReport with(SocketSnapshot newSockets, List<OwnerConnections> newOwners) {
    return new NamespaceReport(
        name, Optional.of(newSockets), newOwners, listeners, counters, handshakes);
  }

  /** The same with these listeners. */
  public NamespaceReport with(ListenerFigures newListeners) {
    return new NamespaceReport(
        name, sockets, owners, Optional.of(newListeners), counters, handshakes);
  }

  /** The same with these counters. */
  public NamespaceReport with(NamespaceCounters newCounters) {
    return new NamespaceReport(
        name, sockets, owners, listeners, Optional.of(newCounters), handshakes);
  }

  /** The same with these handshakes. */
  public NamespaceReport with(HandshakeFigures newHandshakes) {
    return new NamespaceReport(
        name, sockets, owners, listeners, counters, Optional.of(newHandshakes));
  }
}
