package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.synoptic.agent.HttpExchange.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More clients than there is memory for, on a real agent, from many addresses. */
@Timeout(120)
class CrowdsIT {
  private static final String REQUEST = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";

  /** The first bytes of a TLS handshake of 512. */
  private static final String HANDSHAKE = "\u0016\u0003\u0001\u0002\u0000\u0001\u0000";

  private final List<AutoCloseable> open = new ArrayList<>();

  private static Socket connect(RunningAgent agent, String from) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), agent.port()));
    return socket;
  }

  /** Each sends something and reads nothing. */
  private void crowd(RunningAgent agent, int count, String sent) throws IOException {
    for (int i = 0; i < count; i++) {
      Socket socket = connect(agent, "127.0." + (1 + i % 50) + ".1");
      open.add(socket);
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    while (!condition.call()) { // @Timeout ends it
      Thread.sleep(100);
    }
  }

  private void closeAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    open.clear();
  }

  private static long sockets(RunningAgent agent) throws IOException {
    return agent.proc().descriptors().stream().filter(each -> each.startsWith("socket:")).count();
  }

  private static double closed(Answer answer) {
    return answer.sample("synoptic_http_connections_closed_total{reason=\"limit\"}");
  }

  private static long kilobytes(RunningAgent agent) throws IOException {
    return Long.parseLong(agent.proc().status("VmRSS").replaceAll("\\D", ""));
  }

  @Test
  void clientsThatReadNothingHoldABoundedNumberOfBytes() throws Exception {
    for (int i = 0; i < 250; i++) {
      open.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    }
    List<AutoCloseable> listeners = List.copyOf(open);
    open.clear();
    try (RunningAgent agent = RunningAgent.start("--listener.include=1-65535")) {
      try (HttpExchange warm = new HttpExchange(connect(agent, "127.0.0.1"))) {
        assertThat(warm.get("/metrics").length()).isGreaterThan(400_000);
      }
      long socketsBefore = sockets(agent);
      long before = kilobytes(agent);
      crowd(agent, 400, REQUEST);
      try (HttpExchange honest = new HttpExchange(connect(agent, "127.0.0.1"))) {
        await(() -> closed(honest.get("/metrics", "Accept-Encoding: gzip")) > 100);
      }
      // An eighth of the heap. A descriptor is closed a moment after its connection is counted.
      await(() -> sockets(agent) < socketsBefore + 250);
      assertThat(kilobytes(agent)).isLessThan(before + 40 * 1024);

      closeAll();
      await(() -> sockets(agent) <= socketsBefore);
      assertThat(agent.errors()).isEmpty();
    } finally {
      closeAll();
      for (AutoCloseable listener : listeners) {
        listener.close();
      }
    }
  }

  @Test
  void theLimitsHoldForHandshakesThatNeverEnd(@TempDir Path folder) throws Exception {
    OpenSsl.selfSigned(folder, "a");
    Path config = folder.resolve("web.yml");
    Files.writeString(config, "tls_server_config: {cert_file: a.pem, key_file: a.key}\n");
    try (RunningAgent agent = RunningAgent.start("--web.config.file=" + config)) {
      long before = sockets(agent);
      crowd(agent, 700, HANDSHAKE);
      for (int i = 0; i < 3; i++) {
        try (HttpExchange honest = new HttpExchange(TlsClient.over(connect(agent, "127.0.0.1")))) {
          Answer answer = honest.get("/metrics");
          assertThat(answer.status()).isEqualTo(200);
          assertThat(closed(answer)).isGreaterThan(180);
        }
      }
      await(() -> sockets(agent) <= before + 512);
      closeAll();
      await(() -> sockets(agent) <= before);
      assertThat(agent.errors()).isEmpty();
    } finally {
      closeAll();
    }
  }

  /** Of a connection that is only closed the kernel would keep what is not read. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Tag("waits")
  void whoTakesNoAnswerIsReset(boolean tls, @TempDir Path folder) throws Exception {
    for (int i = 0; i < 250; i++) {
      open.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    }
    OpenSsl.selfSigned(folder, "a");
    Path config = folder.resolve("web.yml");
    Files.writeString(
        config, tls ? "tls_server_config: {cert_file: a.pem, key_file: a.key}\n" : "");
    try (RunningAgent agent =
        RunningAgent.start("--listener.include=1-65535", "--web.config.file=" + config)) {
      Socket reader = connect(agent, "127.0.0.1");
      open.add(reader);
      Socket asker = tls ? TlsClient.over(reader) : reader;
      asker.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));

      await(() -> timedOut(agent, tls) == 1);
      assertThatThrownBy(() -> reader.getInputStream().readAllBytes())
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
      assertThat(agent.errors()).isEmpty();
    } finally {
      closeAll();
    }
  }

  private static double timedOut(RunningAgent agent, boolean tls) throws Exception {
    Socket connection = connect(agent, "127.0.0.2");
    try (HttpExchange http = new HttpExchange(tls ? TlsClient.over(connection) : connection)) {
      return http.get("/metrics", "Accept-Encoding: gzip")
          .sample("synoptic_http_connections_closed_total{reason=\"answer_timeout\"}");
    }
  }

  @Test
  void theAgentsOwnListenerHasTheBacklogThatTheKernelAllows() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(64)) {
      namespace.set("net.core.somaxconn", 700);
      try (RunningAgent agent = RunningAgent.startIn(namespace, "--listener.include=1-65535");
          HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
        ListenerSeries listeners = new ListenerSeries(http.get("/metrics").text());
        assertThat(listeners.value("127.0.0.1 " + agent.port(), "accept_queue_limit"))
            .isEqualTo(700);
      }
    }
  }
}
