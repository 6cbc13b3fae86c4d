package io.synoptic;

import java.util.List;

/**
 * The handshakes of one network namespace since the agent's start.
 *
 * @param listeners by listener group; a group without sockets now is absent, and goes on when it
 *     opens again
 * @param outbound by owner of the connections that were begun here
 */
public record HandshakeFigures(List<OfGroup> listeners, List<OfOwner> outbound) {
  /** No handshake yet. */
  public static final HandshakeFigures NONE = new HandshakeFigures(List.of(), List.of());

  /** Copies the lists. */
  public HandshakeFigures {
    listeners = List.copyOf(listeners);
    outbound = List.copyOf(outbound);
  }

  /** A listener group's: {@link ListenerGroup#address} and {@link ListenerGroup#port}. */
  public record OfGroup(String address, String port, HandshakeCounts counts) {}

  /** An owner's. */
  public record OfOwner(Owner owner, HandshakeCounts counts) {}
}
