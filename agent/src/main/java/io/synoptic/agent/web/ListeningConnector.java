package io.synoptic.agent.web;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.LoggerFactory;

/**
 * Accepts without a thread of its own, and loses no connection when accept(2) fails: Jetty closes
 * the one that it has accepted before, and tries again at once.
 */
final class ListeningConnector extends ServerConnector {
  /** What the process, or the host, has run out of may be there again. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final SparingLog log =
      new SparingLog(LoggerFactory.getLogger(ListeningConnector.class));

  ListeningConnector(Server server, ConnectionFactory... factories) {
    super(server, 0, 1, factories);
  }

  @Override
  protected SelectorManager newSelectorManager(
      Executor executor, Scheduler scheduler, int selectors) {
    return new ServerConnectorManager(executor, scheduler, selectors) {
      @Override
      protected SelectableChannel doAccept(SelectableChannel server) {
        try {
          return super.doAccept(server);
        } catch (IOException e) {
          if (server.isOpen()) {
            log.error("a connection could not be accepted", e);
            LockSupport.parkNanos(PAUSE_NANOS);
          }
          return null; // as if there were none
        }
      }
    };
  }
}
