package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.synoptic.agent.HttpExchange.Answer;
import io.synoptic.agent.web.AddressUnavailableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent inside this JVM, over real connections. */
class AgentTest {
  private static final String OPEN_METRICS =
      "Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";

  private Agent agent;
  private HttpExchange http;

  private Agent start(String... args) throws Exception {
    Options options = new Options();
    options.commandLine().parseArgs(args);
    return Agent.start(options);
  }

  private void startAndConnect(String... args) throws Exception {
    String[] all = new String[args.length + 1];
    all[0] = "--web.listen-address=127.0.0.1:0";
    System.arraycopy(args, 0, all, 1, args.length);
    agent = start(all);
    http = connect();
  }

  private HttpExchange connect() throws IOException {
    return new HttpExchange(
        new Socket(InetAddress.getLoopbackAddress(), URI.create(agent.url()).getPort()));
  }

  @AfterEach
  void stop() throws IOException {
    if (http != null) {
      http.close();
    }
    if (agent != null) {
      agent.close();
    }
  }

  @Test
  void metricsAreTextUnlessTheScraperPrefersOpenMetrics() throws Exception {
    startAndConnect();

    Answer text = http.get("/metrics");
    assertThat(text.headers())
        .containsEntry("content-type", "text/plain; version=0.0.4; charset=utf-8");
    assertThat(text.text()).doesNotContain("# EOF");

    Answer openMetrics = http.get("/metrics", OPEN_METRICS);
    assertThat(openMetrics.headers().get("content-type"))
        .startsWith("application/openmetrics-text; version=1.0.0");
    assertThat(openMetrics.text()).endsWith("# EOF\n");
  }

  @Test
  void theScrapersPreferenceIsItsQuality() throws Exception {
    startAndConnect();

    Answer answer =
        http.get("/metrics", "Accept: application/openmetrics-text;q=0.2,text/plain;q=0.9");
    assertThat(answer.headers().get("content-type")).startsWith("text/plain");
  }

  /** As Prometheus asks that takes native histograms. */
  @Test
  void metricsAreProtobufForWhoPrefersIt() throws Exception {
    startAndConnect();

    Answer answer =
        http.get(
            "/metrics",
            "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                + "encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1");
    assertThat(answer.headers().get("content-type"))
        .isEqualTo(
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
                + " encoding=delimited");
    assertThat(answer.text()).contains("synoptic_tcp_sockets").doesNotContain("# TYPE");

    assertThat(
            http.get("/metrics", "Accept: application/vnd.google.protobuf;encoding=text")
                .headers()
                .get("content-type"))
        .startsWith("text/plain");
  }

  /** Without what the agent reports of itself, which is of the moment of rendering. */
  private static List<String> data(Answer answer) {
    return answer.text().lines().filter(line -> line.startsWith("synoptic_tcp_")).toList();
  }

  @Test
  void metricsAreCompressedForWhoTakesGzip() throws Exception {
    startAndConnect("--scan.min-interval=1h");

    Answer plain = http.get("/metrics");
    Answer gzip = http.get("/metrics", "Accept-Encoding: gzip");
    assertThat(gzip.headers()).containsEntry("content-encoding", "gzip");
    assertThat(gzip.length()).isLessThan(plain.length() / 2);
    assertThat(data(gzip)).isEqualTo(data(plain)).isNotEmpty();

    Answer refused = http.get("/metrics", "Accept-Encoding: gzip;q=0, identity");
    assertThat(refused.headers()).doesNotContainKey("content-encoding");
  }

  @Test
  void headHasTheLengthAndNoBody() throws Exception {
    startAndConnect("--scan.min-interval=1h");

    Answer head = http.send("HEAD", "/metrics");
    Answer get = http.get("/metrics");
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.headers().get("content-length")).isEqualTo(get.headers().get("content-length"));
  }

  @Test
  void thePagesForPeopleAndProbesAnswer() throws Exception {
    startAndConnect("--web.telemetry-path=/tcp");

    assertThat(http.get("/").text()).contains("href=\"/tcp\"");
    assertThat(http.get("/-/healthy").status()).isEqualTo(200);
    assertThat(http.get("/-/ready").status()).isEqualTo(200);
    assertThat(http.get("/tcp").status()).isEqualTo(200);
  }

  @Test
  void theLandingPageNamesEveryPageThatIsOnAndEachIsThere() throws Exception {
    startAndConnect("--compat.node-exporter", "--ports.top");

    List<String> named =
        Pattern.compile("<li><a href=\"([^\"]+)\"")
            .matcher(http.get("/").text())
            .results()
            .map(link -> link.group(1))
            .toList();
    assertThat(named)
        .containsExactly(
            "/metrics",
            "/metrics/node-exporter",
            "/api/v1/now",
            "/ports",
            "/-/healthy",
            "/-/ready");
    for (String path : named) {
      assertThat(http.get(path).status()).as(path).isEqualTo(200);
    }
  }

  @Test
  void aPageThatIsOffIsNotNamedAndSaysWhatSwitchesItOn() throws Exception {
    startAndConnect("--web.telemetry-path=/tcp");

    assertThat(http.get("/").text()).doesNotContain("/ports", "node-exporter");
    assertThat(http.get("/ports").text()).isEqualTo("not found; --ports.top switches /ports on\n");
    assertThat(http.get("/tcp/node-exporter").text())
        .isEqualTo("not found; --compat.node-exporter switches /tcp/node-exporter on\n");
    assertThat(http.get("/metrics").text())
        .isEqualTo("not found; / names the pages, and metrics are at /tcp\n");
  }

  @Test
  void nodeExportersNamesAreServedOnAPathOfTheirOwnIfAskedFor() throws Exception {
    startAndConnect("--web.telemetry-path=/tcp", "--compat.node-exporter");

    assertThat(http.get("/").text()).contains("href=\"/tcp/node-exporter\"");
    assertThat(http.get("/tcp").text()).doesNotContain("node_");
    assertThat(http.get("/tcp/node-exporter").text())
        .doesNotContain("synoptic_")
        .contains(
            "node_tcp_connection_states{state=\"established\"} ",
            "node_tcp_connection_states{state=\"close\"} 0.0\n",
            "# TYPE node_netstat_TcpExt_ListenDrops untyped\n",
            "node_scrape_collector_success{collector=\"tcpstat\"} 1.0\n",
            "node_scrape_collector_success{collector=\"netstat\"} 1.0\n",
            "node_scrape_collector_success{collector=\"sockstat\"} 1.0\n",
            "node_scrape_collector_success{collector=\"uname\"} 1.0\n");
  }

  @Test
  void nodeExportersNamesAreNotServedUnlessAskedFor() throws Exception {
    startAndConnect();

    assertThat(http.get("/metrics/node-exporter").status()).isEqualTo(404);
    assertThat(http.get("/").text()).doesNotContain("node-exporter");
  }

  @Test
  void nodeExportersNamesAreReadOnceAReport() throws Exception {
    startAndConnect("--scan.min-interval=1h", "--compat.node-exporter");

    String first = http.get("/metrics/node-exporter").text();
    http.get("/metrics/node-exporter", OPEN_METRICS);
    assertThat(http.get("/metrics/node-exporter").text()).isEqualTo(first);
  }

  /** A folder without a file of the kernel's: sock_diag works, and all the rest has failed. */
  @Test
  void whatCanNotBeReadIsAbsentAndToldByItsCollector(@TempDir Path empty) throws Exception {
    startAndConnect("--path.procfs=" + empty, "--compat.node-exporter");

    assertThat(http.get("/metrics").text())
        .contains(
            "synoptic_scan_success{collector=\"sockets\"} 1.0\n",
            "synoptic_scan_success{collector=\"counters\"} 0.0\n",
            "synoptic_tcp_sockets{")
        .doesNotContain("synoptic_tcp_active_opens_total", "synoptic_tcp_somaxconn");
    assertThat(http.get("/metrics/node-exporter").text())
        .contains(
            "node_scrape_collector_success{collector=\"tcpstat\"} 1.0\n",
            "node_scrape_collector_success{collector=\"netstat\"} 0.0\n",
            "node_scrape_collector_success{collector=\"sockstat\"} 0.0\n",
            "node_scrape_collector_success{collector=\"uname\"} 0.0\n",
            "node_tcp_connection_states{")
        .doesNotContain("node_netstat_", "node_sockstat_", "node_uname_info");
  }

  @Test
  void whereThePortsGoIsToldOnDemand() throws Exception {
    startAndConnect("--ports.top");

    assertThat(http.get("/ports").text()).containsPattern("ports +error +from +to\n");
  }

  @Test
  void everyOtherPathIs404AndEveryOtherMethod405() throws Exception {
    startAndConnect();

    for (String path :
        List.of("/metrics/", "/favicon.ico", "/ports", "/metrics/../etc/passwd", "/-/quit")) {
      Answer answer = http.get(path);
      assertThat(answer.status()).as(path).isEqualTo(404);
      assertThat(answer.text()).doesNotContain("Exception").hasLineCount(1);
    }
    assertThat(http.send("POST", "/metrics").status()).isEqualTo(405);
  }

  @Test
  void fortyScrapesAtOnceAreOneScanAndOneBody() throws Exception {
    startAndConnect("--scan.min-interval=1h");
    Set<String> bodies = ConcurrentHashMap.newKeySet();
    Callable<Boolean> scrape =
        () -> {
          try (HttpExchange each = connect()) {
            return bodies.add(each.get("/metrics").text());
          }
        };
    ExecutorService scrapers = Executors.newFixedThreadPool(40);
    try {
      for (Future<Boolean> done :
          scrapers.invokeAll(IntStream.range(0, 40).mapToObj(i -> scrape).toList())) {
        done.get();
      }
    } finally {
      scrapers.shutdown();
    }

    assertThat(bodies).hasSize(1);
    assertThat(bodies.iterator().next())
        .contains("synoptic_scan_duration_seconds_count{collector=\"sockets\"} 1\n");
  }

  @Test
  void figuresOlderThanTheirMaximalAgeAreLeftOutAndHealthRemains() throws Exception {
    startAndConnect("--scan.min-interval=1h", "--scan.max-age=1ms");

    assertThat(http.get("/metrics").text())
        .doesNotContain("synoptic_tcp_")
        .contains("synoptic_scan_success{collector=\"sockets\"} 1.0\n");
  }

  @Test
  void severalAddressesAreServed() throws Exception {
    agent = start("--web.listen-address=127.0.0.1:0", "--web.listen-address=[::1]:0");
    http = connect();

    assertThat(http.get("/metrics").status()).isEqualTo(200);
  }

  @Test
  void anAddressInUseIsNamedAndNothingIsServed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();

      assertThatThrownBy(
              () -> start("--web.listen-address=127.0.0.1:0", "--web.listen-address=" + address))
          .isInstanceOf(AddressUnavailableException.class)
          .hasMessageContaining(address)
          .hasMessageContaining("in use");
    }
  }
}
