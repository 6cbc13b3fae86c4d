package io.synoptic.agent.web;

import io.micrometer.core.instrument.MeterRegistry;
import io.synoptic.internal.procfs.Messages;
import java.io.IOException;
import java.net.BindException;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;

/** Jetty, listening. */
public final class WebServer implements AutoCloseable {
  /**
   * Where the pages for probes are alone, for whom neither TLS nor a password is asked.
   *
   * @param addresses may be none
   */
  public record Probes(List<ListenAddress> addresses, Handler pages) {}

  private static final int THREADS = 8;
  static final int IDLE_TIMEOUT_MILLIS = 30_000;
  private static final int MAX_REQUEST_HEADER_BYTES = 8192;

  /** Longer than any request's headers or piece of an answer, or than a record of TLS. */
  private static final int MAX_POOLED_BYTES = 32 << 10;

  /** Of free buffers that are kept, in the heap and beside it. */
  private static final long MAX_FREE_BYTES = 512 << 10;

  /** How often what changes by itself is looked at: files, and connections that take too long. */
  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Until when a scrape that has begun may end; a scan of a million sockets takes a second. */
  private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** How long a new connection's first request may take meanwhile: its host may be busy. */
  private static final long STOP_GRACE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** What has been accepted, or sent on a connection that is kept, is heard within. */
  private static final int STOP_LEAST_MILLIS = 200;

  private static final int STOP_PERIOD_MILLIS = 10;

  /** The authority of an absolute URL counts, and Host beside it does not (RFC 9112, 3.2.2). */
  private static final HttpCompliance COMPLIANCE =
      HttpCompliance.RFC9110.with("synoptic", HttpCompliance.Violation.MISMATCHED_AUTHORITY);

  private final Server server;
  private final ConnectionLimits limits;
  private final String url;

  private WebServer(Server server, ConnectionLimits limits, String url) {
    this.server = server;
    this.limits = limits;
    this.url = url;
  }

  /**
   * Listens on every address, or on none; or on the one socket that systemd has opened.
   *
   * @param pages what is served to whom the configuration lets in
   * @param probes is served at addresses of its own
   * @param telemetryPath of the metrics, for {@link #url()}
   * @param registry for what the server counts
   */
  public static WebServer start(
      List<ListenAddress> addresses,
      Optional<SystemdSocket> inherited,
      Handler pages,
      Probes probes,
      String telemetryPath,
      Answers answers,
      MeterRegistry registry,
      Optional<WebConfigFile> webConfig)
      throws InvalidInputException, AddressUnavailableException {
    Server server = new Server(new WebThreads(THREADS), null, buffers());
    server.setErrorHandler(new PlainErrors(answers));
    Handler guarded = pages;
    if (webConfig.isPresent()) {
      guarded = new Guard(pages, webConfig.get(), answers);
    }
    ConnectionLimits limits =
        new ConnectionLimits(new ProbesApart(guarded, probes.pages()), isTls(webConfig), registry);
    server.setHandler(new Failures(new HostField(limits, answers), answers));
    ListenAddress at = null;
    String option = "--web.listen-address";
    try {
      // Bound first, one by one, so that the message can name the one that fails.
      for (ListenAddress address : addresses) {
        at = address;
        ServerConnector connector = connector(server, address, webConfig);
        connector.addBean(limits, false);
        if (inherited.isPresent()) {
          connector.open(inherited.get().channel());
        } else {
          connector.open();
        }
        server.addConnector(connector);
      }
      option = "--web.probe-address";
      for (ListenAddress address : probes.addresses()) {
        at = address;
        ServerConnector connector = connector(server, address, Optional.empty());
        connector.setName(ProbesApart.CONNECTOR);
        connector.addBean(limits, false);
        connector.open();
        server.addConnector(connector);
      }
      server.start();
    } catch (Exception e) {
      stop(server, limits);
      throw failure(at, option, e);
    }
    repeat(
        server.getScheduler(),
        () -> {
          webConfig.ifPresent(WebConfigFile::reread);
          long due = limits.closeOverdue();
          return webConfig.isPresent() ? PERIOD_NANOS : Math.max(PERIOD_NANOS, due);
        });
    ServerConnector first = (ServerConnector) server.getConnectors()[0];
    return new WebServer(
        server,
        limits,
        (isTls(webConfig) ? "https://" : "http://")
            + addresses.get(0).authority(first.getLocalPort())
            + telemetryPath);
  }

  private static boolean isTls(Optional<WebConfigFile> webConfig) {
    return webConfig.isPresent() && webConfig.get().config().tls().isPresent();
  }

  /** Runs a task until the scheduler stops, so many nanoseconds later as it says each time. */
  private static void repeat(Scheduler scheduler, LongSupplier task) {
    repeat(scheduler, task, PERIOD_NANOS);
  }

  private static void repeat(Scheduler scheduler, LongSupplier task, long nanos) {
    scheduler.schedule(
        () -> {
          long next = PERIOD_NANOS;
          try {
            next = task.getAsLong();
          } finally {
            repeat(scheduler, task, next);
          }
        },
        nanos,
        TimeUnit.NANOSECONDS);
  }

  /** Buffers that a crowd has left behind are not kept. */
  private static ByteBufferPool buffers() {
    return new ArrayByteBufferPool(
        0, 4096, MAX_POOLED_BYTES, Integer.MAX_VALUE, MAX_FREE_BYTES, MAX_FREE_BYTES);
  }

  private static ServerConnector connector(
      Server server, ListenAddress address, Optional<WebConfigFile> webConfig) {
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    configuration.setRequestHeaderSize(MAX_REQUEST_HEADER_BYTES);
    configuration.setHttpCompliance(COMPLIANCE);
    // Those of the heap go with their connection, the others with a collection that may never come.
    configuration.setUseInputDirectByteBuffers(false);
    configuration.setUseOutputDirectByteBuffers(false);
    HttpConnectionFactory http = new HttpConnectionFactory(configuration);
    ConnectionFactory[] factories = {http};
    if (isTls(webConfig)) {
      Supplier<TlsServer> tls = () -> webConfig.get().config().tls().orElseThrow();
      factories = new ConnectionFactory[] {TlsConnections.around(http, tls), http};
    }
    ServerConnector connector = new ListeningConnector(server, factories);
    connector.setHost(address.host().isEmpty() ? null : address.host());
    connector.setPort(address.port());
    connector.setAcceptQueueSize(Integer.MAX_VALUE); // the kernel takes net.core.somaxconn of it
    connector.setAcceptedSendBufferSize(ConnectionLimits.SEND_BUFFER_BYTES);
    connector.setIdleTimeout(IDLE_TIMEOUT_MILLIS);
    connector.setShutdownIdleTimeout(-1); // stop() waits by itself
    return connector;
  }

  /** An {@link AddressUnavailableException} if trying again may help. */
  private static InvalidInputException failure(ListenAddress at, String option, Throwable failure)
      throws AddressUnavailableException {
    Throwable cause = failure;
    while (cause.getCause() != null && !(cause instanceof BindException)) {
      cause = cause.getCause();
    }
    String what = "can't listen on " + at + ": ";
    String elsewhere = "; choose another " + option;
    if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
      throw new AddressUnavailableException(what + "no such host, or not yet");
    }
    if (cause instanceof UnsupportedAddressTypeException) {
      return new InvalidInputException(what + "this host has no IPv6" + elsewhere);
    }
    String why = Messages.of(cause);
    // Its other kind is EACCES: a port that only root may have.
    if (cause instanceof BindException && !why.contains("denied")) {
      throw new AddressUnavailableException(what + why + elsewhere);
    }
    return new InvalidInputException(what + why + elsewhere);
  }

  /** Where the metrics are, for someone on this machine. */
  public String url() {
    return url;
  }

  @Override
  public void close() {
    stop(server, limits);
  }

  /**
   * Takes no new connection, and closes each when it has been answered. What the kernel has not
   * handed over yet waits for the next agent, if systemd has opened the socket.
   */
  private static void stop(Server server, ConnectionLimits limits) {
    try {
      long since = System.nanoTime();
      // A server that never started doesn't know what has been opened for it.
      for (Connector connector : server.getConnectors()) {
        stopAccepting((ServerConnector) connector);
      }
      if (server.isStarted()) {
        Thread.sleep(STOP_LEAST_MILLIS);
        while (limits.owes(since, STOP_GRACE_NANOS) && System.nanoTime() - since < STOP_NANOS) {
          Thread.sleep(STOP_PERIOD_MILLIS);
        }
      }
      server.stop();
    } catch (Exception e) {
      // what is left of it goes with the process
    }
  }

  /** Without acceptor threads Jetty goes on accepting until the channel is closed. */
  private static void stopAccepting(ServerConnector connector) throws IOException {
    var unused = connector.shutdown();
    if (connector.getTransport() instanceof ServerSocketChannel channel) {
      channel.close();
    }
  }
}
