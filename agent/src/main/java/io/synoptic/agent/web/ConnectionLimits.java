package io.synoptic.agent.web;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.synoptic.agent.web.ConnectionTable.Closed;
import io.synoptic.agent.web.ConnectionTable.Limits;
import io.synoptic.agent.web.ConnectionTable.Reason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Bounds how many connections there are, what they hold and how long a request and an answer may
 * take, so that slow and idle clients neither keep an honest scrape out nor use up the memory. A
 * connection counts from accept on, before any TLS handshake; one that has to go is reset, for the
 * kernel would keep what its client doesn't read.
 */
final class ConnectionLimits extends Handler.Wrapper
    implements SelectorManager.AcceptListener, Connection.Listener {
  /** What the kernel is asked to keep for each client; it doubles that. */
  static final int SEND_BUFFER_BYTES = 32 << 10;

  /** Those, a piece of the answer, and what decompresses it for who doesn't do so himself. */
  private static final long ANSWER_BYTES = 4 * SEND_BUFFER_BYTES;

  /** So many are a crowd, and its memory is given back when it has gone. */
  private static final int CROWD = 64;

  private static final int CONNECTIONS = 512;
  private static final int CONNECTIONS_PER_BLOCK = 64;
  private static final long REQUEST_SECONDS = 30;

  /** Less than {@link WebServer#IDLE_TIMEOUT_MILLIS}, after which Jetty would close, not reset. */
  private static final long ANSWER_SECONDS = 25;

  /** What a client that is not slow takes to send its request, be it one of many at once. */
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** Objects and a buffer for a request's headers. */
  private static final long PLAIN_BYTES = 16 << 10;

  /** A handshake, and buffers for both directions. */
  private static final long TLS_BYTES = 64 << 10;

  private final MeterRegistry registry;
  private final ConnectionTable<SelectableChannel> table;
  private volatile boolean crowded;
  private final Map<SelectableChannel, EndPoint> endPoints = new ConcurrentHashMap<>();

  /** Around the pages. */
  ConnectionLimits(Handler pages, boolean tls, MeterRegistry registry) {
    super(pages);
    this.registry = registry;
    for (Reason reason : Reason.values()) {
      counter(reason); // there from the start, as 0
    }
    // An eighth of the heap: as much again may be the kernel's, and the rest is the figures'.
    long bytes = Runtime.getRuntime().maxMemory() / 8;
    table =
        new ConnectionTable<>(
            new Limits(
                CONNECTIONS,
                CONNECTIONS_PER_BLOCK,
                bytes,
                bytes / 4,
                tls ? TLS_BYTES : PLAIN_BYTES,
                ANSWER_BYTES,
                FRESH_NANOS,
                TimeUnit.SECONDS.toNanos(REQUEST_SECONDS),
                TimeUnit.SECONDS.toNanos(ANSWER_SECONDS)),
            System::nanoTime);
  }

  private Counter counter(Reason reason) {
    return Counter.builder("synoptic.http.connections.closed")
        .description("Connections reset, because a limit was reached or a client took too long.")
        .tag("reason", reason.name().toLowerCase(Locale.ROOT))
        .register(registry);
  }

  @Override
  public void onAccepting(SelectableChannel channel) {
    block(channel).ifPresent(block -> reset(table.opened(channel, block)));
  }

  /** Where a connection comes from; empty if it has been closed. */
  private static Optional<AddressBlock> block(SelectableChannel channel) {
    try {
      return ((SocketChannel) channel).getRemoteAddress() instanceof InetSocketAddress remote
          ? Optional.of(AddressBlock.of(remote.getAddress()))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
    onClosed(channel);
  }

  @Override
  public void onClosed(SelectableChannel channel) {
    table.closed(channel);
    endPoints.remove(channel);
  }

  @Override
  public void onOpened(Connection connection) {
    // TLS has a second end point, whose transport is the first.
    if (connection.getEndPoint().getTransport() instanceof SelectableChannel channel) {
      endPoints.putIfAbsent(channel, connection.getEndPoint());
      crowded |= endPoints.size() > CROWD;
    }
  }

  /**
   * Closes what has taken too long, and tidies up after a crowd.
   *
   * @return nanoseconds until there may be something to do again
   */
  long closeOverdue() {
    reset(table.overdue());
    if (crowded && endPoints.size() < CROWD / 4) {
      crowded = false;
      System.gc(); // the only way to have the heap shrink, and buffers beside it be freed
    }
    return crowded ? 0 : table.nanosUntilDue();
  }

  /** As {@link ConnectionTable#owes}, by {@link System#nanoTime}. */
  boolean owes(long stopNanos, long graceNanos) {
    return table.owes(stopNanos, graceNanos);
  }

  private void reset(List<Closed<SelectableChannel>> connections) {
    for (Closed<SelectableChannel> closed : connections) {
      counter(closed.reason()).increment();
      SelectableChannel channel = closed.connection();
      EndPoint endPoint = endPoints.get(channel);
      try {
        ((SocketChannel) channel).setOption(StandardSocketOptions.SO_LINGER, 0);
        if (endPoint == null) {
          channel.close();
        }
      } catch (IOException e) {
        // it has been closed already
      }
      if (endPoint != null) {
        endPoint.close(new EofException("it had to make room"));
      }
    }
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    while (endPoint instanceof EndPoint.Wrapper wrapper) {
      endPoint = wrapper.unwrap();
    }
    SelectableChannel channel = (SelectableChannel) endPoint.getTransport();
    table.waits(channel);
    request.setAttribute(ClientConnection.class.getName(), new Asking(channel));
    return super.handle(request, response, Callback.from(() -> table.reads(channel), callback));
  }

  /** A connection whose request is being answered. */
  private final class Asking implements ClientConnection {
    private final SelectableChannel channel;

    Asking(SelectableChannel channel) {
      this.channel = channel;
    }

    @Override
    public AddressBlock block() {
      return ConnectionLimits.block(channel).orElse(AddressBlock.UNKNOWN);
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void suspect(boolean suspect) {
      table.suspect(channel, suspect);
    }

    @Override
    public void writes(Object body, long heldBytes, long sentBytes) {
      reset(table.writes(channel, body, heldBytes, sentBytes));
    }
  }
}
