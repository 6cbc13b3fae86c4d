package io.synoptic.agent.web;

import org.eclipse.jetty.server.Request;

/** What is known of the connection that a request has come by. */
interface ClientConnection {
  /** A connection that is in no table: a request that was never whole is answered, too. */
  ClientConnection UNKNOWN = (body, heldBytes, sentBytes) -> {};

  /** That of a request. */
  static ClientConnection of(Request request) {
    return request.getAttribute(ClientConnection.class.getName()) instanceof ClientConnection known
        ? known
        : UNKNOWN;
  }

  /** An answer of {@code sentBytes} begins; its body is held once, however many are sent it. */
  void writes(Object body, long heldBytes, long sentBytes);
}
