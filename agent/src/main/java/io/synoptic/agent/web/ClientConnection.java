package io.synoptic.agent.web;

import java.util.Optional;
import org.eclipse.jetty.server.Request;

/** What is known of the connection that a request has come by. */
interface ClientConnection {
  /** That of a request; one that was never whole is answered, too, and is in no table. */
  static Optional<ClientConnection> of(Request request) {
    return Optional.ofNullable(
        (ClientConnection) request.getAttribute(ClientConnection.class.getName()));
  }

  /** Where it comes from. */
  AddressBlock block();

  /** Whether it still is. */
  boolean isOpen();

  /** Whether it is the first to make room, having brought wrong passwords. */
  void suspect(boolean suspect);

  /** An answer of {@code sentBytes} begins; its body is held once, however many are sent it. */
  void writes(Object body, long heldBytes, long sentBytes);
}
