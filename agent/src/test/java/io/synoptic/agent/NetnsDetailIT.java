package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a pod with three listeners costs a Prometheus at each level of detail, with connections in
 * and out and their handshakes: no more than docs/namespaces.md has.
 */
@Tag("waits")
@Timeout(120)
class NetnsDetailIT {
  private static final String EACH_PORT = "for port in 7000 7001 7002; do ";

  private static NetworkNamespace namespace;
  private static Lab lab;

  @BeforeAll
  static void populate() throws Exception {
    Bpf.assumeHandshakesAreCounted();
    namespace = NetworkNamespace.create(1024);
    lab =
        Lab.in(
            namespace,
            "ipv4:listener=3,backlog=128,fill=2,port=7000",
            "ipv4:established=6",
            "ipv4:close_wait=2");
  }

  @AfterAll
  static void leave() throws Exception {
    if (lab != null) {
      lab.close();
      namespace.close();
    }
  }

  /** The numbers in a level's row: of a pod, and for each listener beyond three. */
  private static List<Integer> budget(NetnsDetail detail) throws Exception {
    Matcher row =
        Pattern.compile("(?m)^\\| `" + detail + "` [^|]*\\|.*\\| (\\d+) \\| (\\d+) \\|$")
            .matcher(MarkdownPage.read("docs/namespaces.md").text());
    assertThat(row.find()).isTrue();
    return List.of(Integer.valueOf(row.group(1)), Integer.valueOf(row.group(2)));
  }

  private static String get(RunningAgent agent, String path) throws Exception {
    try (HttpExchange http =
        new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), agent.port()))) {
      return http.get(path).text();
    }
  }

  /** Series of the namespace, as soon as it has those that come last. */
  private static List<String> series(RunningAgent agent, String last) throws Exception {
    long start = System.nanoTime();
    while (true) {
      List<String> series =
          get(agent, "/metrics")
              .lines()
              .filter(line -> line.contains("netns=\"" + namespace.name() + "\""))
              .toList();
      if (series.stream().anyMatch(line -> line.startsWith(last))) {
        return series;
      }
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(60));
      TimeUnit.MILLISECONDS.sleep(250);
    }
  }

  private static long of(List<String> series, String name) {
    return series.stream().filter(line -> line.startsWith(name)).count();
  }

  @ParameterizedTest
  @EnumSource(NetnsDetail.class)
  void aPodHasNoMoreSeriesThanItsBudget(NetnsDetail detail) throws Exception {
    try (RunningAgent agent =
        RunningAgent.start("--netns=all", "--netns.detail=" + detail, "--scan.min-interval=0s")) {
      series(agent, "synoptic_tcp_sockets");
      namespace.exec(
          "bash", "-ec", EACH_PORT + "exec 3<>/dev/tcp/127.0.0.1/$port; exec 3>&-; done");
      boolean all = detail == NetnsDetail.all;
      List<String> series =
          series(agent, all ? "synoptic_tcp_outbound_handshake_duration" : "synoptic_tcp_sockets");
      List<Integer> budget = budget(detail);

      assertThat(series)
          .hasSizeLessThanOrEqualTo(budget.get(0))
          .hasSizeGreaterThan(budget.get(0) * 9 / 10);
      assertThat(series.stream().filter(line -> line.contains("port=\"7001\"")))
          .hasSize(budget.get(1));
      assertThat(of(series, "synoptic_tcp_sockets")).isEqualTo(22);
      assertThat(of(series, "synoptic_tcp_listener_accept_queue_length{"))
          .isEqualTo(detail == NetnsDetail.states ? 0 : 3);
      assertThat(of(series, "synoptic_tcp_owner_") > 0).isEqualTo(all);

      // The agent's own has everything, and so have findings, the page and its JSON.
      assertThat(get(agent, "/metrics"))
          .contains("\nsynoptic_tcp_orphans{namespace=\"\",netns=\"\",pod=\"\"} ");
      assertThat(get(agent, "/api/v1/now")).contains("\"port\":\"7001\"");
      assertThat(agent.errors()).isEmpty();
    }
  }
}
