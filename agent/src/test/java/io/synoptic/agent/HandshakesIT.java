package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.synoptic.agent.HttpExchange.Answer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Handshakes from the kernel to the exposition: every count is what a client has made. */
@Timeout(120)
@Tag("waits")
class HandshakesIT {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  /** Not ephemeral ones, which have no label of their own for ten minutes. */
  private static final int PORT = 8080;

  private static final int NOBODYS_PORT = 8081;
  private static final int NAMESPACES = 100;
  private static final String LISTENER = "synoptic_tcp_listener_";
  private static final String OUTBOUND = "synoptic_tcp_outbound_";

  private static final Pattern NAMES =
      Pattern.compile(
          "_(opened|closed)_connections_|_connect_failures_|_handshakes_|_duration_seconds_(c|b)"
              + "|_syn_acks_");

  /**
   * Connects in each way so often, one after the other.
   *
   * @param good closed by the client, then by the server
   * @param refused to a port on which nobody listens
   * @param reset closed by the client with SO_LINGER 0
   */
  private record Connects(int good, int refused, int reset) {
    /** Returns the listener. */
    ServerSocket make() throws IOException {
      ServerSocket server = new ServerSocket(PORT, 50, LOOPBACK);
      for (int i = 0; i < good + reset; i++) {
        end(server, new Socket(LOOPBACK, PORT), i >= good);
      }
      for (int i = 0; i < refused; i++) {
        assertThatThrownBy(() -> new Socket(LOOPBACK, NOBODYS_PORT))
            .isInstanceOf(ConnectException.class);
      }
      return server;
    }

    private static void end(ServerSocket server, Socket client, boolean reset) throws IOException {
      try (Socket accepted = server.accept()) {
        if (reset) {
          client.setSoLinger(true, 0);
        }
        client.close();
        if (reset) {
          assertThatThrownBy(() -> accepted.getInputStream().read())
              .isInstanceOf(IOException.class);
        } else {
          assertThat(accepted.getInputStream().read()).isNegative();
        }
      }
    }

    /** What a namespace's series must be, those that are 0 left out. */
    Map<String, Double> expected() {
      Map<String, Double> expected = new TreeMap<>();
      expected.put(LISTENER + "opened_connections_total", 0.0 + good + reset);
      expected.put(LISTENER + "closed_connections_total peer fin", 0.0 + good);
      expected.put(LISTENER + "closed_connections_total peer reset", 0.0 + reset);
      expected.put(LISTENER + "handshake_duration_seconds_count", 0.0 + good + reset);
      expected.put(LISTENER + "handshake_duration_seconds_bucket +Inf", 0.0 + good + reset);
      expected.put(OUTBOUND + "opened_connections_total", 0.0 + good + reset);
      expected.put(OUTBOUND + "closed_connections_total local fin", 0.0 + good);
      expected.put(OUTBOUND + "closed_connections_total local reset", 0.0 + reset);
      expected.put(OUTBOUND + "handshake_duration_seconds_count", 0.0 + good + reset);
      expected.put(OUTBOUND + "handshake_duration_seconds_bucket +Inf", 0.0 + good + reset);
      expected.put("synoptic_tcp_connect_failures_total refused", 0.0 + refused);
      expected.values().removeIf(value -> value == 0);
      return expected;
    }
  }

  private static String label(String series, String name) {
    int at = series.indexOf(name + "=\"");
    int start = at + name.length() + 2;
    return at < 0 ? "" : series.substring(start, series.indexOf('"', start));
  }

  /** Series by namespace and their own labels; those that are 0 and times are left out. */
  private static Map<String, Map<String, Double>> seen(Answer answer) {
    Map<String, Map<String, Double>> seen = new TreeMap<>();
    MetricText.samples(answer.text(), "synoptic_tcp_")
        .forEach(
            (series, value) -> {
              String name = series.substring(0, series.indexOf('{'));
              String port = label(series, "port");
              String le = label(series, "le");
              if (NAMES.matcher(name).find()
                  && (port.isEmpty() || port.equals(Integer.toString(PORT)))
                  && (le.isEmpty() || le.equals("+Inf"))
                  && value != 0) {
                List<String> words = new ArrayList<>(List.of(name));
                for (String label : List.of("by", "how", "reason", "repeats", "le")) {
                  if (!label(series, label).isEmpty()) {
                    words.add(label(series, label));
                  }
                }
                seen.computeIfAbsent(label(series, "netns"), netns -> new TreeMap<>())
                    .merge(String.join(" ", words), value, Double::sum);
              }
            });
    return seen;
  }

  private static Answer scrape(Callable<Socket> connect) throws Exception {
    try (HttpExchange http = new HttpExchange(connect.call())) {
      return http.get("/metrics");
    }
  }

  /** Scrapes until the series are those expected; a namespace is shown after ten seconds. */
  private static <T> void await(Callable<T> seen, T expected) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!seen.call().equals(expected) && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(250);
    }
    assertThat(seen.call()).isEqualTo(expected);
  }

  @Test
  void ofEachNamespaceEveryCountIsWhatAClientHasMade() throws Exception {
    Bpf.assumeHandshakesAreCounted();
    List<AutoCloseable> opened = new ArrayList<>();
    Map<String, Map<String, Double>> expected = new TreeMap<>();
    try (RunningAgent agent = RunningAgent.start("--netns=all", "--scan.min-interval=0s")) {
      for (int i = 0; i < NAMESPACES; i++) {
        NetworkNamespace namespace = NetworkNamespace.create(0);
        opened.add(namespace);
        Connects connects = new Connects(1 + i % 10, i % 4, i % 7);
        opened.add(namespace.call(connects::make));
        expected.put(namespace.name(), connects.expected());
      }
      Callable<Socket> connect = () -> new Socket(LOOPBACK, agent.port());
      await(
          () -> {
            Map<String, Map<String, Double>> seen = seen(scrape(connect));
            seen.keySet().retainAll(expected.keySet());
            return seen;
          },
          expected);

      Answer answer = scrape(connect);
      assertThat(answer.sample("synoptic_handshakes_attached{reason=\"best\"}")).isEqualTo(1);
      assertThat(answer.sample("synoptic_scan_success{collector=\"handshakes\"}")).isEqualTo(1);
      // Of the whole host, and of listeners older than the agent.
      assertThat(answer.sample("synoptic_handshakes_folded_events_total")).isNotNegative();
      assertThat(answer.sample("synoptic_handshakes_missed_events_total")).isNotNegative();
      assertThat(agent.errors()).isEmpty();
    } finally {
      Collections.reverse(opened);
      for (AutoCloseable each : opened) {
        each.close();
      }
    }
  }

  @Test
  void theOwnNamespaceAloneIsCountedWhenAskedFor() throws Exception {
    Bpf.assumeHandshakesAreCounted();
    Connects connects = new Connects(12, 3, 4);
    try (NetworkNamespace namespace = NetworkNamespace.create(0);
        RunningAgent agent =
            RunningAgent.startIn(namespace, "--collector.handshakes", "--scan.min-interval=0s");
        ServerSocket server = namespace.call(connects::make)) {
      assertThat(server.isBound()).isTrue();
      // Each scrape opens a connection in the namespace as well.
      Map<String, Double> expected = connects.expected();
      expected.keySet().removeIf(name -> name.startsWith(OUTBOUND));
      await(
          () -> {
            Map<String, Map<String, Double>> seen =
                seen(scrape(() -> namespace.connect(agent.port())));
            seen.values()
                .forEach(each -> each.keySet().removeIf(name -> name.startsWith(OUTBOUND)));
            return seen;
          },
          Map.of("", expected));
    }
  }

  @Test
  void aPrometheusThatTakesNativeHistogramsReadsThem(@TempDir Path folder) throws Exception {
    Bpf.assumeHandshakesAreCounted();
    Connects connects = new Connects(40, 0, 0);
    try (NetworkNamespace namespace = NetworkNamespace.create(0);
        RunningAgent agent = RunningAgent.start("--netns=all", "--scan.min-interval=0s");
        ServerSocket server = namespace.call(connects::make);
        RunningPrometheus prometheus =
            RunningPrometheus.startWithNativeHistograms(folder, Map.of("agent", agent.port()))) {
      assertThat(server.isBound()).isTrue();
      String histogram =
          LISTENER + "handshake_duration_seconds{netns=\"" + namespace.name() + "\"}";
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (prometheus.query("histogram_count(" + histogram + ")").isEmpty()
          && System.nanoTime() < end) {
        TimeUnit.MILLISECONDS.sleep(250);
      }

      assertThat(prometheus.query("histogram_count(" + histogram + ")"))
          .singleElement()
          .satisfies(sample -> assertThat(sample.value()).isEqualTo(40));
      assertThat(prometheus.query("histogram_quantile(0.5, " + histogram + ")"))
          .singleElement()
          .satisfies(sample -> assertThat(sample.value()).isBetween(0.0, 0.1));
    }
  }

  @Test
  void whereNobodyMayAttachProgramsOneLineAndAMetricSayWhy() throws Exception {
    List<String> unprivileged =
        List.of("setpriv", "--bounding-set=-bpf,-perfmon,-sys_admin", "--inh-caps=-all");
    try (RunningAgent agent =
        RunningAgent.start(unprivileged, Map.of(), "--collector.handshakes")) {
      Answer answer = scrape(() -> new Socket(LOOPBACK, agent.port()));

      assertThat(answer.sample("synoptic_handshakes_attached{reason=\"forbidden\"}")).isZero();
      assertThat(answer.text())
          .contains("synoptic_tcp_listener_sockets{")
          .doesNotContain("opened_connections", "synoptic_handshakes_missed");
      assertThat(agent.errors().lines().filter(line -> line.contains("WARN")))
          .singleElement()
          .asString()
          .contains("handshakes are not counted", "CAP_BPF and CAP_PERFMON");
    }
  }
}
