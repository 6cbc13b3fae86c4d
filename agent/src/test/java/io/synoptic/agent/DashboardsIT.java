package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.synoptic.agent.Dashboard.Panel;
import io.synoptic.agent.Dashboard.Place;
import io.synoptic.agent.Dashboard.Query;
import io.synoptic.agent.Dashboard.Values;
import io.synoptic.agent.RunningPrometheus.Sample;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The shipped dashboards: what they ask is answered by a real Prometheus that scrapes one agent in
 * a namespace full of trouble, and another that sees the host's own figures.
 */
@Tag("waits")
@Timeout(240)
class DashboardsIT {
  static final List<String> NAMES = Dashboard.NAMES;

  /** What Grafana would show of a label that an agent has for other namespaces alone. */
  private static final Map<String, String> BOX =
      Map.of(
          "netns", "box",
          "namespace", "shop",
          "pod", "cart-0",
          "cluster", "east",
          "node", "node-1");

  /** What has one series for all that is chosen, a host, or an agent: no pod. */
  private static final Pattern WITHOUT_POD =
      Pattern.compile(
          "^(sum|avg|max|count)\\(|^sum by \\((state|le)\\)|^count by|synoptic_tcp_host_|"
              + "synoptic_(build|scan|sockstat|listener_observed)|process_|^sum\\(up");

  @TempDir private Path folder;

  @ParameterizedTest
  @FieldSource("NAMES")
  void everyPanelSaysWhatItShowsAndHasItsPlace(String name) throws Exception {
    Dashboard dashboard = Dashboard.read(name);
    assertThat(dashboard.json())
        .containsEntry("editable", false)
        .containsEntry("uid", "synoptic-" + name);
    List<Place> places = new ArrayList<>();
    Set<Object> ids = new HashSet<>();
    for (Map<String, Object> panel : Dashboard.objects(dashboard.json().get("panels"))) {
      Place place = Dashboard.place(panel);
      assertThat(ids.add(panel.get("id"))).as("the id of %s is its own", panel).isTrue();
      assertThat(place.x() + place.w()).isLessThanOrEqualTo(24);
      assertThat(places).noneMatch(place::overlaps);
      places.add(place);
    }
    for (Panel panel : dashboard.panels()) {
      assertThat(panel.title()).isNotBlank();
      assertThat(panel.description()).as(panel.title()).endsWith(".");
      for (Query query : panel.queries()) {
        assertThat(query.legend()).as(panel.title()).isNotBlank();
        assertThat(panel.unit()).as("%s: %s", panel.title(), query).isEqualTo(unit(query));
      }
    }
    assertThat(dashboard.json().toString())
        .doesNotContainPattern("/d/(?!synoptic-(host|listener)\\?)");
  }

  /** Two pods, or two clusters' nodes, are never one line, and a click leads to that one. */
  @ParameterizedTest
  @FieldSource("NAMES")
  void everyLineAndLinkNamesThePod(String name) throws Exception {
    Dashboard dashboard = Dashboard.read(name);
    assertThat(dashboard.json().toString()).doesNotContain("10119");
    assertThat(dashboard.variables().stream().map(Values::label))
        .contains("cluster", "node", "netns", "namespace", "pod");
    for (Panel panel : dashboard.panels()) {
      for (Query query : panel.queries()) {
        String expression = query.expression();
        if (!WITHOUT_POD.matcher(expression).find()) {
          assertThat(query.legend())
              .as(panel.title())
              .contains("{{cluster}}", "{{netns}}", "{{namespace}}", "{{pod}}")
              .containsAnyOf("{{instance}}", "{{host}}");
        }
        assertThat(expression)
            .as("%s keeps cluster and pod", panel.title())
            .doesNotContainPattern(
                "by \\((?=[^)]*\\binstance\\b)(?![^)]*cluster, [^)]*namespace, pod)");
        for (String link : panel.links()) {
          if (panel.type().equals("table")) {
            assertThat(link)
                .contains("fields[\"cluster\"]", "fields[\"netns\"]")
                .contains("fields[\"namespace\"]", "fields[\"pod\"]", "var-host=");
          } else {
            assertThat(link).contains("${__field.labels.at:raw}");
            assertThat(expression)
                .contains("&var-cluster=.1&var-node=.2&var-host=.3".replace('.', '$'))
                .contains("&var-netns=.4&var-namespace=.5&var-pod=.6".replace('.', '$'));
          }
          if (link.contains("synoptic-listener") && query.legend().contains("{{port}}")) {
            assertThat(link + expression).contains("&var-address=", "&var-port=");
          }
        }
      }
    }
  }

  /** With ten thousand nodes a panel that reads each agent's own series is answered by nobody. */
  @Test
  void theFleetReadsRecordedSeries() throws Exception {
    for (Panel panel : Dashboard.read("fleet").panels()) {
      for (Query query : panel.queries()) {
        assertThat(query.expression())
            .as(panel.title())
            .doesNotContainPattern("(?<!:)synoptic_tcp_");
      }
    }
  }

  /** What the names in an expression say of its unit. */
  private static String unit(Query query) {
    String expression = query.expression();
    if (expression.startsWith("count")) {
      return "short";
    }
    if (expression.contains("_duration_seconds")
        || expression.contains("_oldest_seconds")
        || expression.contains("_length_seconds_total")) {
      return "s";
    }
    if (expression.contains(" / ")
        || expression.contains("ratio")
        || expression.contains("_seconds_total")
        || expression.contains("avg(synoptic_scan_success")) {
      return "percentunit";
    }
    if (expression.contains("_bytes")) {
      return "bytes";
    }
    if (expression.contains("rate(") || expression.contains(":rate5m")) {
      return expression.contains("_segments")
              || expression.contains("_listener_drops")
              || expression.contains("_syn_acks")
          ? "pps"
          : "cps";
    }
    return "short";
  }

  @Test
  void everyQueryIsAnswered() throws Exception {
    Bpf.assumeHandshakesAreCounted();
    Files.writeString(folder.resolve("synoptic.rules.yml"), AlertsIT.hastened());
    HttpServer relay = null;
    try (NetworkNamespace namespace = NetworkNamespace.create(16384);
        RunningAgent host = RunningAgent.start("--no-collector.listeners");
        RunningAgent agent = RunningAgent.startIn(namespace, "--collector.handshakes")) {
      relay = relay(namespace, host);
      Map<String, Integer> jobs =
          Map.of("synoptic", agent.port(), "synoptic-host", relay.getAddress().getPort());
      try (RunningPrometheus prometheus =
              RunningPrometheus.startIn(namespace, folder, jobs, Map.of("synoptic", BOX));
          Lab lab =
              Lab.in(
                  namespace,
                  "ipv4:listener=1,backlog=16,fill=17,port=7003",
                  "ipv4:listener=3,backlog=128,fill=40,port=8443",
                  "ipv6:established=300",
                  "ipv4:close_wait=55",
                  "ipv4:fin_wait1=40",
                  "ipv4:syn_sent=20",
                  "ipv4:time_wait=200");
          AutoCloseable clients =
              namespace.repeat(0.3, ": </dev/tcp/127.0.0.1/8443; : </dev/tcp/127.0.0.1/9")) {
        assertThat(clients).isNotNull();
        flood(namespace, 3);
        assertThat(lab.sockets()).containsEntry("ipv4 close_wait", 55L);
        SoftAssertions all = new SoftAssertions();
        for (String name : NAMES) {
          Dashboard dashboard = Dashboard.read(name);
          for (Values variable : dashboard.variables()) {
            all.assertThat(prometheus.labelValues(variable.selector(), variable.label()))
                .as("%s: %s", name, variable)
                .isNotEmpty();
          }
          assertThat(dashboard.annotations()).as(name).hasSize(2);
          for (Query annotation : dashboard.annotations()) {
            prometheus.ask("query", Map.of("query", annotation.expression()));
          }
          for (Panel panel : dashboard.panels()) {
            for (Query query : panel.queries()) {
              List<Double> values = values(prometheus, query.expression());
              all.assertThat(values).as("%s, %s: %s", name, panel.title(), query).isNotEmpty();
              if (panel.unit().equals("percentunit")) {
                all.assertThat(values).as(query.expression()).allMatch(v -> v >= 0 && v <= 1);
              }
            }
          }
        }
        for (String question : questions()) {
          all.assertThat(values(prometheus, question)).as(question).isNotEmpty();
        }
        all.assertAll();
        String pictures = System.getProperty("synoptic.pictures");
        if (pictures != null) {
          draw(namespace, prometheus, RunningAgent.ROOT.resolve(pictures));
        }
      }
    } finally {
      if (relay != null) {
        relay.stop(0);
      }
    }
  }

  /** An outsider's, who has read the table in docs/metrics.md. */
  private static List<String> questions() throws Exception {
    return Files.readAllLines(Path.of("src/test/resources/questions.promql")).stream()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  /** Rounds of ten seconds: a picture needs some history. */
  private static void draw(NetworkNamespace namespace, RunningPrometheus prometheus, Path pictures)
      throws Exception {
    for (int i = 1; i <= 6; i++) {
      try (Lab more =
          Lab.in(
              namespace,
              "ipv4:established=" + 60 * i,
              "ipv4:listener=1,backlog=64,fill=" + 10 * i + ",port=9000",
              "ipv4:close_wait=" + 12 * i)) {
        assertThat(more.sockets()).isNotEmpty();
        flood(namespace, 2);
      }
    }
    for (String name : NAMES) {
      Files.writeString(
          pictures.resolve("dashboard-" + name + ".svg"),
          DashboardPicture.svg(Dashboard.read(name), prometheus, 75));
    }
  }

  private static void flood(NetworkNamespace namespace, int rounds) throws Exception {
    for (int i = 0; i < rounds; i++) {
      Lab.in(namespace, "--for=4", "ipv4:syn=60,backlog=32,port=7001").close();
    }
    TimeUnit.SECONDS.sleep(1);
  }

  /** What there is to be drawn; 0 / 0 is nothing. */
  private static List<Double> values(RunningPrometheus prometheus, String expression)
      throws Exception {
    return prometheus.query(expression).stream()
        .map(Sample::value)
        .filter(Double::isFinite)
        .toList();
  }

  /** Lets a Prometheus in a namespace scrape an agent that is in this one. */
  private static HttpServer relay(NetworkNamespace namespace, RunningAgent agent) throws Exception {
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer relay = namespace.call(() -> HttpServer.create(anyPort, 8));
    relay.createContext(
        "/metrics",
        exchange -> {
          try (exchange;
              InputStream text = agent.url().toURL().openStream()) {
            byte[] body = text.readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    relay.start();
    return relay;
  }
}
