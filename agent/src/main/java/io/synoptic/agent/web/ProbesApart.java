package io.synoptic.agent.web;

import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Has what comes in at the addresses for probes answered by the pages for them, and by no other.
 */
final class ProbesApart extends Handler.Wrapper {
  /** The name of a connector whose address is for probes. */
  static final String CONNECTOR = "probes";

  private final Handler probes;

  ProbesApart(Handler pages, Handler probes) {
    super(pages);
    this.probes = probes;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    return CONNECTOR.equals(request.getConnectionMetaData().getConnector().getName())
        ? probes.handle(request, response, callback)
        : super.handle(request, response, callback);
  }
}
