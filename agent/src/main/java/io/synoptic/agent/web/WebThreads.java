package io.synoptic.agent.web;

import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jetty's threads. Where a bad request ends a connection, two of them may let go of its buffer, and
 * the second stumbles ({@code jetty.project#12939}, open as of 12.1). It has closed the connection
 * all the same, so it is nothing to warn of: anybody could fill the log with it.
 */
final class WebThreads extends QueuedThreadPool {
  private static final Logger log = LoggerFactory.getLogger(WebThreads.class);

  WebThreads(int count) {
    // All from the start: later there may be none to be had.
    super(count, count);
    setName("synoptic-web");
    setReservedThreads(0);
  }

  @Override
  protected void runJob(Runnable job) {
    try {
      super.runJob(job);
    } catch (IllegalStateException e) {
      if (e.getMessage() == null || !e.getMessage().startsWith("already released")) {
        throw e;
      }
      log.debug("a connection was let go of twice", e);
    }
  }
}
