package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's Prometheus and promtool, as ./test unpacks them, against a running agent. */
@Tag("waits")
class PrometheusIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir private Path folder;

  private static String get(URI uri, String... headers) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HTTP.send(request.build(), BodyHandlers.ofString()).body();
  }

  /** Asks for text on behalf of a Prometheus that would rather have OpenMetrics. */
  private static HttpServer textRelay(URI agent) throws IOException {
    HttpServer relay =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
    relay.createContext(
        "/metrics",
        exchange -> {
          try (exchange) {
            byte[] text = get(agent, "Accept", "text/plain").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
            exchange.sendResponseHeaders(200, text.length);
            exchange.getResponseBody().write(text);
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
        });
    relay.start();
    return relay;
  }

  @Test
  void aMinuteOfScrapesInBothFormatsLeavesNothingToComplainAbout() throws Exception {
    HttpServer relay = null;
    try (RunningAgent agent = RunningAgent.start()) {
      relay = textRelay(agent.url());
      Map<String, Integer> jobs =
          Map.of("openmetrics", agent.port(), "text", relay.getAddress().getPort());
      // The first answer of a JVM on a busy machine may take longer than a scrape may.
      get(agent.url());
      get(URI.create("http://127.0.0.1:" + jobs.get("text") + "/metrics"));
      try (RunningPrometheus prometheus = RunningPrometheus.start(folder, jobs)) {
        TimeUnit.SECONDS.sleep(60);

        assertThat(values(prometheus, "sum(up)")).containsExactly(2.0);
        assertThat(values(prometheus, "min(min_over_time(up[2m]))")).containsExactly(1.0);
        assertThat(values(prometheus, "min(count_over_time(up[2m])) > 50")).hasSize(1);
        // Both formats say the same, every state is there, and counters count.
        assertThat(values(prometheus, "count by (job) (synoptic_tcp_sockets)"))
            .containsExactly(22.0, 22.0);
        assertThat(values(prometheus, "min(increase(synoptic_scanned_sockets_total[30s])) > 0"))
            .hasSize(1);
        assertThat(values(prometheus, "count(synoptic_build_info)")).containsExactly(2.0);
        assertThat(prometheus.complaints()).isEmpty();
      }
    } finally {
      if (relay != null) {
        relay.stop(0);
      }
    }
  }

  private static List<Double> values(RunningPrometheus prometheus, String expression)
      throws Exception {
    return prometheus.query(expression).stream().map(RunningPrometheus.Sample::value).toList();
  }

  @Test
  void promtoolHasNothingToSay() throws Exception {
    String tool = RunningPrometheus.program("promtool");
    try (RunningAgent agent = RunningAgent.start()) {
      Process promtool =
          new ProcessBuilder(List.of(tool, "check", "metrics")).redirectErrorStream(true).start();
      try (var in = promtool.getOutputStream()) {
        in.write(get(agent.url()).getBytes(StandardCharsets.UTF_8));
      }
      try (BufferedReader said = promtool.inputReader()) {
        assertThat(said.lines()).isEmpty();
      }
      assertThat(promtool.waitFor()).isZero();
    }
  }
}
