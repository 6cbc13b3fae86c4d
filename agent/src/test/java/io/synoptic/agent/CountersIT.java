package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The counters of a namespace beside nstat's, and each by what it counts. */
@Tag("waits")
class CountersIT {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  /** Every counter, by what nstat calls it. */
  private static final Map<String, String> COUNTERS =
      Map.ofEntries(
          Map.entry("active_opens_total", "TcpActiveOpens"),
          Map.entry("passive_opens_total", "TcpPassiveOpens"),
          Map.entry("connection_attempts_failed_total", "TcpAttemptFails"),
          Map.entry("established_resets_total", "TcpEstabResets"),
          Map.entry("received_segments_total", "TcpInSegs"),
          Map.entry("received_bad_segments_total", "TcpInErrs"),
          Map.entry("sent_segments_total", "TcpOutSegs"),
          Map.entry("retransmitted_segments_total", "TcpRetransSegs"),
          Map.entry("retransmitted_syn_segments_total", "TcpExtTCPSynRetrans"),
          Map.entry("retransmission_timeouts_total", "TcpExtTCPTimeouts"),
          Map.entry("resets_sent_total", "TcpOutRsts"),
          Map.entry("accept_queue_overflows_total", "TcpExtListenOverflows"),
          Map.entry("connection_requests_dropped_total", "TcpExtListenDrops"),
          Map.entry("syn_queue_full_drops_total", "TcpExtTCPReqQFullDrop"),
          Map.entry("syn_queue_full_cookies_total", "TcpExtTCPReqQFullDoCookies"),
          Map.entry("syncookies_sent_total", "TcpExtSyncookiesSent"),
          Map.entry("syncookies_received_total", "TcpExtSyncookiesRecv"),
          Map.entry("syncookies_failed_total", "TcpExtSyncookiesFailed"),
          Map.entry("time_wait_overflows_total", "TcpExtTCPTimeWaitOverflow"),
          Map.entry("aborts_on_memory_total", "TcpExtTCPAbortOnMemory"),
          Map.entry("aborts_on_timeout_total", "TcpExtTCPAbortOnTimeout"),
          Map.entry("receive_queue_drops_total", "TcpExtTCPRcvQDrop"),
          Map.entry("receive_queue_prunes_total", "TcpExtPruneCalled"),
          Map.entry("socket_backlog_drops_total", "TcpExtTCPBacklogDrop"));

  /** Our own scrapes move them. */
  private static final List<String> MOVED_BY_SCRAPES =
      List.of("received_segments_total", "sent_segments_total");

  private NetworkNamespace namespace;
  private RunningAgent agent;
  private HttpExchange http;
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    namespace = NetworkNamespace.create(1024);
    // On a busy machine an answer to a scrape is probed for, which is a retransmission.
    namespace.set("net.ipv4.tcp_early_retrans", 0);
    agent = RunningAgent.startIn(namespace, "--scan.min-interval=0s");
    http = new HttpExchange(namespace.connect(agent.port()));
    assertThat(scrape()).containsEntry("active_opens_total", 1.0);
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    if (http != null) {
      http.close();
    }
    if (agent != null) {
      agent.close();
    }
    if (namespace != null) {
      namespace.close();
    }
  }

  private Map<String, Double> nstat() throws Exception {
    Map<String, Double> values = new HashMap<>();
    namespace
        .exec("nstat", "-asz") // absolute, and without its file of what it last showed
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split(" +", -1))
        .forEach(words -> values.put(words[0], Double.valueOf(words[1])));
    return values;
  }

  /** The counters and limits, each counter between what nstat says just before and just after. */
  private Map<String, Double> scrape() throws Exception {
    Map<String, Double> before = nstat();
    String text = http.get("/metrics").text();
    Map<String, Double> after = nstat();
    Map<String, Double> shown = new TreeMap<>();
    MetricText.samples(text, "synoptic_tcp_")
        .forEach(
            (series, value) ->
                shown.put(
                    series
                        .replace("synoptic_tcp_", "")
                        .replace("{namespace=\"\",netns=\"\",pod=\"\"}", ""),
                    value));
    COUNTERS.forEach(
        (name, kernelName) ->
            assertThat(shown.get(name))
                .as("%s, %s", name, kernelName)
                .isNotNull()
                .isBetween(before.get(kernelName), after.get(kernelName)));
    return shown;
  }

  /** Something that moves counters. */
  private interface Cause {
    void happen() throws Exception;
  }

  /** The counters that {@code cause} moves, and by how much. */
  private Map<String, Long> movedBy(Cause cause) throws Exception {
    Map<String, Double> before = scrape();
    cause.happen();
    Map<String, Double> after = scrape();
    Map<String, Long> moved = new TreeMap<>();
    for (String name : COUNTERS.keySet()) {
      long difference = (long) (after.get(name) - before.get(name));
      if (difference != 0 && !MOVED_BY_SCRAPES.contains(name)) {
        moved.put(name, difference);
      }
    }
    return moved;
  }

  private ServerSocket listen(int backlog, int receiveBuffer) throws Exception {
    ServerSocket server =
        namespace.call(
            () -> {
              ServerSocket socket = new ServerSocket();
              if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
              }
              socket.bind(new InetSocketAddress(LOOPBACK, 0), backlog);
              return socket;
            });
    opened.add(server);
    return server;
  }

  private Socket connect(ServerSocket server) throws Exception {
    Socket socket = namespace.connect(server.getLocalPort());
    opened.add(socket);
    return socket;
  }

  /** Fails, for nobody answers, after a time or when the kernel gives up. */
  private void connectInVain(ServerSocket server, int timeoutMillis) throws Exception {
    namespace.call(
        () -> {
          try (Socket socket = new Socket()) {
            InetSocketAddress address = new InetSocketAddress(LOOPBACK, server.getLocalPort());
            assertThatThrownBy(() -> socket.connect(address, timeoutMillis))
                .isInstanceOf(IOException.class);
          }
          return null;
        });
  }

  @Test
  void limitsAreTheNamespacesOwnAndTheHostsAreNotThere() throws Exception {
    namespace.set("net.ipv4.tcp_max_tw_buckets", 1001);
    namespace.set("net.ipv4.tcp_syncookies", 2);
    namespace.set("net.core.somaxconn", 1003);
    namespace.set("net.ipv4.tcp_max_syn_backlog", 1004);
    namespace.exec(
        "sh",
        "-ec",
        "cd /proc/sys/net/ipv4; echo 40000 40099 >ip_local_port_range;"
            + " echo 39998-40000,40005,50000 >ip_local_reserved_ports");

    assertThat(scrape())
        .containsEntry("time_wait_buckets_limit", 1001.0)
        .containsEntry("syncookies_mode", 2.0)
        .containsEntry("somaxconn", 1003.0)
        .containsEntry("max_syn_backlog", 1004.0)
        .containsEntry("ephemeral_ports_limit", 98.0)
        .containsEntry("time_wait_buckets", 0.0)
        .allSatisfy((name, value) -> assertThat(name).doesNotStartWith("host_"));
  }

  @Test
  void aFullAcceptQueueOverflows() throws Exception {
    ServerSocket server = listen(2, 0);
    for (int i = 0; i < 3; i++) {
      connect(server); // limit 2 holds 3
    }

    assertThat(
            movedBy(
                () -> {
                  for (int i = 0; i < 3; i++) {
                    connectInVain(server, 200); // shorter than the first retransmission
                  }
                }))
        .isEqualTo(
            Map.of(
                "active_opens_total", 3L,
                "accept_queue_overflows_total", 3L,
                "connection_requests_dropped_total", 3L));
  }

  @Test
  void anAttemptThatNobodyAnswersIsRetransmittedAndGivenUp() throws Exception {
    namespace.set("net.ipv4.tcp_syn_retries", 1);
    ServerSocket server = listen(1, 0);
    connect(server);
    connect(server);

    Map<String, Long> moved = movedBy(() -> connectInVain(server, 0));
    // How many it takes with this sysctl depends on the kernel.
    long repeats = moved.get("retransmitted_syn_segments_total");
    assertThat(repeats).isBetween(1L, 5L);
    assertThat(moved)
        .isEqualTo(
            Map.of(
                "active_opens_total",
                1L,
                "accept_queue_overflows_total",
                repeats + 1,
                "connection_requests_dropped_total",
                repeats + 1,
                "retransmitted_segments_total",
                repeats,
                "retransmitted_syn_segments_total",
                repeats,
                "retransmission_timeouts_total",
                repeats + 1,
                "aborts_on_timeout_total",
                1L,
                "connection_attempts_failed_total",
                1L));
  }

  @Test
  void aFullSynQueueDropsWithoutCookies() throws Exception {
    namespace.set("net.ipv4.tcp_syncookies", 0);

    assertThat(movedBy(() -> opened.add(Lab.in(namespace, "ipv4:syn=40,backlog=16"))))
        .containsEntry("syn_queue_full_drops_total", 23L)
        .containsEntry("connection_requests_dropped_total", 23L)
        .doesNotContainKeys("syn_queue_full_cookies_total", "accept_queue_overflows_total");
  }

  /** No drop shows a flood then. */
  @Test
  void aFullSynQueueSendsCookies() throws Exception {
    namespace.set("net.ipv4.tcp_syncookies", 1);

    assertThat(movedBy(() -> opened.add(Lab.in(namespace, "ipv4:syn=40,backlog=16"))))
        .containsEntry("syn_queue_full_cookies_total", 23L)
        .containsEntry("syncookies_sent_total", 23L)
        .doesNotContainKeys("syn_queue_full_drops_total", "connection_requests_dropped_total");
  }

  @Test
  void cookiesThatComeBackMakeConnections() throws Exception {
    namespace.set("net.ipv4.tcp_syncookies", 2);
    ServerSocket server = listen(8, 0);

    assertThat(
            movedBy(
                () -> {
                  connect(server);
                  connect(server);
                }))
        .isEqualTo(
            Map.of(
                "active_opens_total", 2L,
                "passive_opens_total", 2L,
                "syn_queue_full_cookies_total", 2L,
                "syncookies_sent_total", 2L,
                "syncookies_received_total", 2L));
  }

  @Test
  void aPortWithoutListenerResetsTheAttempt() throws Exception {
    ServerSocket server = listen(1, 0);
    server.close();

    assertThat(movedBy(() -> connectInVain(server, 0)))
        .isEqualTo(
            Map.of(
                "active_opens_total", 1L,
                "connection_attempts_failed_total", 1L,
                "resets_sent_total", 1L));
  }

  @Test
  void aResetEndsBothEndsOfAConnection() throws Exception {
    ServerSocket server = listen(1, 0);
    Socket client = connect(server);
    opened.add(server.accept());

    assertThat(
            movedBy(
                () -> {
                  client.setSoLinger(true, 0);
                  client.close();
                }))
        .isEqualTo(Map.of("established_resets_total", 2L, "resets_sent_total", 1L));
  }

  @Test
  void withoutAFreeBucketNoTimeWaitIsKept() throws Exception {
    namespace.set("net.ipv4.tcp_max_tw_buckets", 5);
    ServerSocket server = listen(1, 0);

    assertThat(
            movedBy(
                () -> {
                  for (int i = 0; i < 12; i++) {
                    Socket client = connect(server);
                    client.close();
                    try (Socket accepted = server.accept()) {
                      assertThat(accepted.getInputStream().read()).isNegative();
                    }
                  }
                }))
        // A client without a bucket may meet its peer's FIN with an RST.
        .containsEntry("active_opens_total", 12L)
        .containsEntry("passive_opens_total", 12L)
        .containsEntry("time_wait_overflows_total", 7L);
    assertThat(scrape()).containsEntry("time_wait_buckets", 5.0);
  }

  /** A segment of one byte takes much more room than its share of the window. */
  @Test
  void aReceiveQueueWithoutRoomIsPruned() throws Exception {
    namespace.set("net.ipv4.tcp_autocorking", 0);
    ServerSocket server = listen(1, 16384);
    Socket client = connect(server);
    opened.add(server.accept());
    client.setTcpNoDelay(true);
    OutputStream out = client.getOutputStream();

    Map<String, Long> moved =
        movedBy(
            () -> {
              for (int i = 0; i < 40 && nstat().get("TcpExtPruneCalled") == 0; i++) {
                for (int j = 0; j < 250; j++) {
                  out.write('.');
                  LockSupport.parkNanos(j % 8 == 0 ? 500_000 : 1);
                }
              }
            });
    assertThat(moved).containsKey("receive_queue_prunes_total");
  }

  @Test
  void synsThatAreNotAnsweredAreSentAgain() throws Exception {
    opened.add(Lab.in(namespace, "ipv4:syn_sent=7"));

    Map<String, Long> moved = movedBy(() -> TimeUnit.MILLISECONDS.sleep(1200));
    assertThat(moved.get("retransmitted_syn_segments_total")).isBetween(7L, 14L);
    assertThat(moved.get("retransmission_timeouts_total")).isBetween(7L, 14L);
  }

  @Test
  void theHostsAreToldInItsOwnNamespace() throws Exception {
    try (RunningAgent host = RunningAgent.start();
        HttpExchange hostHttp = new HttpExchange(new Socket(LOOPBACK, host.port()))) {
      Map<String, Double> shown =
          MetricText.samples(hostHttp.get("/metrics").text(), "synoptic_tcp_host_");

      assertThat(shown.keySet().stream().map(series -> series.replaceFirst("\\{.*", "")))
          .containsExactlyInAnyOrder(
              "synoptic_tcp_host_orphans",
              "synoptic_tcp_host_orphans_limit",
              "synoptic_tcp_host_memory_bytes",
              "synoptic_tcp_host_memory_pressure_bytes",
              "synoptic_tcp_host_memory_limit_bytes");
    }
  }
}
