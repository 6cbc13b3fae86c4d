package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.synoptic.agent.ListenerSeries.Queues;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Listeners of real programs, as the agent and as ss report them. */
class ListenersIT {
  private static final int BUCKETS = 1024;

  private static RunningAgent startIn(NetworkNamespace namespace, String... options)
      throws Exception {
    List<String> all = new ArrayList<>(List.of("--scan.min-interval=0s"));
    all.addAll(List.of(options));
    return RunningAgent.startIn(namespace, all.toArray(String[]::new));
  }

  private static ListenerSeries scrape(HttpExchange http) throws Exception {
    return new ListenerSeries(http.get("/metrics").text());
  }

  @Test
  void everyQueueIsAsLongAsSsSays() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = startIn(namespace, "--listener.include=1-65535");
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        Lab lab =
            Lab.in(
                namespace,
                "ipv4:listener=1,backlog=9,port=7001",
                "ipv4:listener=1,backlog=9,fill=5,port=7002",
                "ipv6:listener=1,backlog=9,fill=10,port=7003",
                "ipv4:listener=1,backlog=0,fill=1,port=7004",
                "ipv4:listener=1,group=5,backlog=9,fill=23,port=7005",
                "mapped:listener=1,backlog=9,fill=4,port=7006")) {
      HttpExchange.Answer answer = http.get("/metrics");
      ListenerSeries listeners = new ListenerSeries(answer.text());

      assertThat(listeners.queues()).isEqualTo(ListenerSeries.queuesFromSs(namespace));
      assertThat(listeners.queues())
          .containsEntry("127.0.0.1 7001", new Queues(1, 0, 9, 0, 0))
          .containsEntry("127.0.0.1 7002", new Queues(1, 5, 9, 0.5, 0))
          .containsEntry("::1 7003", new Queues(1, 10, 9, 1, 0))
          .containsEntry("127.0.0.1 7004", new Queues(1, 1, 0, 1, 0))
          .containsEntry("127.0.0.1 7005", new Queues(5, 23, 45, 1, 0))
          .containsEntry(":: 7006", new Queues(1, 4, 9, 0.4, 0));
      assertThat(listeners.value(":: 7006", "connections established")).isEqualTo(4);
      assertThat(listeners.value("127.0.0.1 7005", "connections established")).isEqualTo(23);
      assertThat(listeners.value("127.0.0.1 7005", "syn_queue_limit")).isEqualTo(45);
      assertThat(
              answer.text().lines().filter(line -> line.startsWith("synoptic_tcp_listener_info{")))
          .hasSameSizeAs(listeners.groups().keySet());
      assertThat(lab.sockets()).containsKey("ipv4 listen");
    }
  }

  @Test
  void throughProcTheLimitsAndDropsAreUnknownAndTheRestIsRight() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = startIn(namespace, "--source=proc");
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        Lab lab = Lab.in(namespace, "ipv4:listener=1,group=2,backlog=9,fill=12,port=7005")) {
      TimeUnit.SECONDS.sleep(1);

      assertThat(scrape(http).group("127.0.0.1 7005"))
          .containsOnly(
              Map.entry("sockets", 2.0),
              Map.entry("accept_queue_length", 12.0),
              Map.entry("syn_queue_length", 0.0),
              Map.entry("connections established", 12.0),
              Map.entry("connections fin_wait1", 0.0),
              Map.entry("connections fin_wait2", 0.0),
              Map.entry("connections close_wait", 0.0),
              Map.entry("connections last_ack", 0.0),
              Map.entry("connections closing", 0.0),
              Map.entry("connections time_wait", 0.0),
              Map.entry("retransmitting_connections", 0.0),
              Map.entry("zero_window_connections", 0.0),
              Map.entry("repeated_syn_connections", 0.0),
              Map.entry("keepalive_connections", 0.0));
      assertThat(http.get("/metrics").sample("synoptic_listener_observed_seconds_total")).isZero();
      assertThat(lab.sockets()).containsEntry("ipv4 listen", 2L);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 17", "0, 17"})
  void theSynQueueIsAsLongAsSsSaysWithCookiesOnAndOff(int cookies, int held) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = startIn(namespace);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
      namespace.set("net.ipv4.tcp_syncookies", cookies);
      try (Lab lab = Lab.in(namespace, "ipv4:syn=40,backlog=16,port=7100")) {
        ListenerSeries listeners = scrape(http);
        Map<String, Queues> ss = ListenerSeries.queuesFromSs(namespace);

        assertThat(listeners.value("127.0.0.1 7100", "syn_queue_length"))
            .isEqualTo(ListenerSeries.countsFromSs(namespace, "syn-recv").get("127.0.0.1 7100"))
            .isEqualTo(lab.sockets().get("ipv4 syn_recv").doubleValue())
            .isEqualTo(held);
        assertThat(listeners.value("127.0.0.1 7100", "syn_queue_limit")).isEqualTo(16);
        assertThat(listeners.queues().get("127.0.0.1 7100")).isEqualTo(ss.get("127.0.0.1 7100"));
        assertThat(ss.get("127.0.0.1 7100").drops()).isPositive();
      }
    }
  }

  /** A listener in the namespace that accepts on request. */
  private static ServerSocket listen(NetworkNamespace namespace, String host, int port, int backlog)
      throws Exception {
    return namespace.call(
        () -> {
          ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.INET);
          channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
          channel.bind(new InetSocketAddress(host, port), backlog);
          return channel.socket();
        });
  }

  private static List<Socket> connect(NetworkNamespace namespace, String host, int port, int count)
      throws Exception {
    return namespace.call(
        () -> {
          List<Socket> sockets = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            sockets.add(new Socket(InetAddress.getByName(host), port));
          }
          return sockets;
        });
  }

  private static void close(List<Socket> sockets) throws Exception {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  @Test
  void aPortIsToldByTheAddressItIsBoundTo() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = startIn(namespace);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        ServerSocket first = listen(namespace, "127.0.0.1", 7200, 8);
        ServerSocket second = listen(namespace, "127.0.0.2", 7200, 8);
        ServerSocket wildcard = listen(namespace, "0.0.0.0", 7200, 8)) {
      List<Socket> clients = connect(namespace, "127.0.0.1", 7200, 2);
      clients.addAll(connect(namespace, "127.0.0.2", 7200, 3));
      clients.addAll(connect(namespace, "127.0.0.3", 7200, 4));
      ListenerSeries listeners = scrape(http);
      close(clients);

      assertThat(List.of(first, second, wildcard)).allMatch(ServerSocket::isBound);
      assertThat(listeners.value("127.0.0.1 7200", "connections established")).isEqualTo(2);
      assertThat(listeners.value("127.0.0.2 7200", "accept_queue_length")).isEqualTo(3);
      assertThat(listeners.value("0.0.0.0 7200", "connections established")).isEqualTo(4);
      assertThat(listeners.value("0.0.0.0 7200", "accept_queue_length")).isEqualTo(4);
    }
  }

  @Test
  void aPortOfTheNamespacesOwnRangeIsEphemeralUnlessIncluded() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS)) {
      namespace.set("net.ipv4.ip_local_port_range", "20000 20999");
      try (RunningAgent agent = startIn(namespace, "--listener.include=20001");
          HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
          ServerSocket young = listen(namespace, "127.0.0.9", 20000, 8);
          ServerSocket included = listen(namespace, "127.0.0.9", 20001, 8);
          ServerSocket outside = listen(namespace, "127.0.0.9", 40000, 8)) {
        assertThat(List.of(young, included, outside)).allMatch(ServerSocket::isBound);
        assertThat(scrape(http).groups())
            .containsKeys("127.0.0.9 ephemeral", "127.0.0.9 20001", "127.0.0.9 40000")
            .doesNotContainKey("127.0.0.9 20000");
      }
    }
  }

  @Test
  void dropsCountFromTheAgentsStart() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS)) {
      namespace.set("net.ipv4.tcp_syncookies", 0);
      try (Lab lab = Lab.in(namespace, "ipv4:syn=40,backlog=16,port=7100")) {
        assertThat(lab.sockets()).containsKey("ipv4 syn_recv");
        double before = dropsFromSs(namespace);
        assertThat(before).isPositive();
        try (RunningAgent agent = startIn(namespace);
            HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
          double counted = scrape(http).value("127.0.0.1 7100", "drops_total");

          // SYNs that are sent again are dropped again, meanwhile.
          assertThat(counted).isLessThanOrEqualTo(dropsFromSs(namespace) - before);
        }
      }
    }
  }

  private static double dropsFromSs(NetworkNamespace namespace) throws Exception {
    return ListenerSeries.queuesFromSs(namespace).get("127.0.0.1 7100").drops();
  }

  @Test
  void aBurstOfOneSecondBetweenTwoScrapesIsSeenByEveryScraper() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = startIn(namespace);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        HttpExchange other = new HttpExchange(namespace.connect(agent.port()));
        ServerSocket server = listen(namespace, "127.0.0.1", 7300, 3)) {
      TimeUnit.MILLISECONDS.sleep(500);
      scrape(http);
      List<Socket> burst = connect(namespace, "127.0.0.1", 7300, 4);
      TimeUnit.SECONDS.sleep(1);
      for (int i = 0; i < 4; i++) {
        burst.add(server.accept());
      }
      TimeUnit.MILLISECONDS.sleep(500);
      ListenerSeries after = scrape(http);
      ListenerSeries same = scrape(other);
      close(burst);

      String group = "127.0.0.1 7300";
      assertThat(after.value(group, "accept_queue_utilization_ratio")).isZero();
      assertThat(after.value(group, "accept_queue_peak_utilization_ratio")).isEqualTo(1);
      assertThat(after.value(group, "accept_queue_full_seconds_total")).isCloseTo(1, within(0.6));
      for (String name :
          List.of("peak_utilization_ratio", "full_seconds_total", "utilization_seconds_total")) {
        assertThat(same.value(group, "accept_queue_" + name))
            .isEqualTo(after.value(group, "accept_queue_" + name));
      }
    }
  }

  @Test
  void withoutAFastLaneWhatItAloneKnowsIsLeftOut() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = startIn(namespace, "--listener.interval=0");
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        ServerSocket server = listen(namespace, "127.0.0.1", 7300, 3)) {
      assertThat(server.isBound()).isTrue();
      assertThat(scrape(http).group("127.0.0.1 7300"))
          .containsKey("accept_queue_utilization_ratio")
          .doesNotContainKeys(
              "accept_queue_peak_utilization_ratio",
              "accept_queue_full_seconds_total",
              "accept_queue_utilization_seconds_total");
      assertThat(http.get("/metrics").text())
          .doesNotContain("synoptic_listener_observed_seconds", "collector=\"listeners\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--no-collector.sockets", "--no-collector.listeners"})
  void aCollectorThatIsOffTellsNothing(String option) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = startIn(namespace, option);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        ServerSocket server = listen(namespace, "127.0.0.1", 7300, 3)) {
      assertThat(server.isBound()).isTrue();
      String text = http.get("/metrics").text();
      if (option.endsWith("listeners")) {
        assertThat(text).contains("synoptic_tcp_sockets{").doesNotContain("synoptic_tcp_listener_");
      } else {
        assertThat(text)
            .doesNotContain("synoptic_tcp_sockets{", "connections{", "collector=\"sockets\"");
        assertThat(new ListenerSeries(text).value("127.0.0.1 7300", "accept_queue_limit"))
            .isEqualTo(3);
        assertThat(http.get("/-/ready").status()).isEqualTo(200);
      }
    }
  }

  /** Counters of the listeners that stay; none may go back. */
  private static void hasGoneOn(ListenerSeries before, ListenerSeries now) {
    before
        .group("127.0.0.1 7400")
        .forEach(
            (name, value) -> {
              if (name.endsWith("_total")) {
                assertThat(now.value("127.0.0.1 7400", name))
                    .as(name)
                    .isGreaterThanOrEqualTo(value);
              }
            });
    before
        .group("other other")
        .forEach(
            (name, value) -> {
              if (name.endsWith("_total") && !now.group("other other").isEmpty()) {
                assertThat(now.value("other other", name)).as(name).isGreaterThanOrEqualTo(value);
              }
            });
  }

  @Test
  void aThousandListenersThatComeAndGoLeaveTheOthersAlone() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = startIn(namespace, "--listener.max=20");
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        Lab lab = Lab.in(namespace, "ipv4:listener=1,backlog=1,fill=2,port=7400")) {
      ListenerSeries before = scrape(http);
      String descriptors = "process_open_fds";
      double open = http.get("/metrics").sample(descriptors);
      FutureTask<Void> opener =
          new FutureTask<>(
              () -> {
                for (int i = 0; i < 1000; i++) {
                  List<ServerSocket> few = new ArrayList<>();
                  for (int port = 8000; port < 8030; port++) {
                    few.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
                  }
                  for (ServerSocket each : few) {
                    each.close();
                  }
                }
                return null;
              });
      Thread thread = namespace.call(() -> startedThread(opener));
      int scrapes = 0;
      while (thread.isAlive() || scrapes < 10) {
        ListenerSeries now = scrape(http);
        assertThat(now.queues().get("127.0.0.1 7400").length()).isEqualTo(2);
        assertThat(now.groups()).hasSizeLessThanOrEqualTo(21);
        hasGoneOn(before, now);
        before = now;
        scrapes++;
      }
      opener.get();

      assertThat(scrape(http).groups().keySet())
          .containsExactlyInAnyOrder("127.0.0.1 7400", "127.0.0.1 ephemeral");
      assertThat(http.get("/metrics").sample(descriptors)).isEqualTo(open);
      assertThat(lab.sockets()).containsEntry("ipv4 listen", 1L);
    }
  }

  private static Thread startedThread(Runnable task) {
    Thread thread = new Thread(task);
    thread.start();
    return thread;
  }

  @Test
  void twentyThousandListenersAreFiveHundredGroupsAndTheRest() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = startIn(namespace);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        Lab lab = Lab.in(namespace, "ipv4:listener=20000,backlog=3")) {
      HttpExchange.Answer answer = http.get("/metrics");
      ListenerSeries listeners = new ListenerSeries(answer.text());

      assertThat(lab.sockets()).containsEntry("ipv4 listen", 20000L);
      assertThat(listeners.groups()).hasSize(501);
      assertThat(listeners.value("other other", "sockets")).isEqualTo(19501);
      assertThat(answer.sample("synoptic_folded_listeners")).isEqualTo(19501);
      assertThat(
              listeners.groups().keySet().stream()
                  .mapToDouble(group -> listeners.value(group, "accept_queue_limit"))
                  .sum())
          .isGreaterThan(20000 * 3);
      assertThat(answer.length()).isLessThan(2_000_000);
    }
  }
}
