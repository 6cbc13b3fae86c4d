package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's Prometheus and promtool, as ./test unpacks them, against a running agent. */
class PrometheusIT {
  private static final Path TOOLS = RunningAgent.ROOT.resolve("target/tools/usr/bin");
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

  private static String query(URI prometheus, String expression) throws Exception {
    String encoded = URLEncoder.encode(expression, StandardCharsets.UTF_8);
    String answer = get(prometheus.resolve("/api/v1/query?query=" + encoded));
    Matcher value = Pattern.compile("\"value\":\\[[0-9.]+,\"([^\"]*)\"]").matcher(answer);
    return value.results().map(match -> match.group(1)).collect(Collectors.joining(" "));
  }

  @Test
  void aMinuteOfScrapesInBothFormatsLeavesNothingToComplainAbout() throws Exception {
    assumeTrue(Files.isExecutable(TOOLS.resolve("prometheus")), "no Prometheus: ./test fetches it");
    HttpServer relay = null;
    Process process = null;
    try (RunningAgent agent = RunningAgent.start()) {
      relay = textRelay(agent.url());
      Path config = folder.resolve("prometheus.yml");
      Files.writeString(
          config,
          """
          global: {scrape_interval: 1s, scrape_timeout: 1s}
          scrape_configs:
          - job_name: openmetrics
            static_configs: [{targets: ['127.0.0.1:%d']}]
          - job_name: text
            static_configs: [{targets: ['127.0.0.1:%d']}]
          """
              .formatted(agent.port(), relay.getAddress().getPort()));
      Path log = folder.resolve("prometheus.log");
      process =
          new ProcessBuilder(
                  TOOLS.resolve("prometheus").toString(),
                  "--config.file=" + config,
                  "--storage.tsdb.path=" + folder.resolve("data"),
                  "--web.listen-address=127.0.0.1:0")
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      URI prometheus = address(log);
      TimeUnit.SECONDS.sleep(60);

      assertThat(query(prometheus, "sum(up)")).isEqualTo("2");
      assertThat(query(prometheus, "min(min_over_time(up[2m]))")).isEqualTo("1");
      assertThat(Double.parseDouble(query(prometheus, "min(count_over_time(up[2m]))")))
          .isGreaterThan(50);
      // Both formats say the same, every state is there, and counters count.
      assertThat(query(prometheus, "count by (job) (synoptic_tcp_sockets)")).isEqualTo("22 22");
      assertThat(query(prometheus, "min(increase(synoptic_scanned_sockets_total[30s])) > bool 0"))
          .isEqualTo("1");
      assertThat(query(prometheus, "count(synoptic_build_info)")).isEqualTo("2");
      assertThat(Files.readAllLines(log)).noneMatch(line -> line.matches(".*level=(warn|error).*"));
    } finally {
      if (process != null) {
        process.destroy();
        process.waitFor();
      }
      if (relay != null) {
        relay.stop(0);
      }
    }
  }

  /** Prometheus chooses a free port itself and says which. */
  private static URI address(Path log) throws Exception {
    Pattern listening = Pattern.compile("msg=\"Listening on\" address=(\\S+)");
    for (int i = 0; i < 200; i++) {
      Matcher matcher = listening.matcher(Files.readString(log));
      if (matcher.find()) {
        return URI.create("http://" + matcher.group(1));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("Prometheus did not start: " + Files.readString(log));
  }

  @Test
  void promtoolHasNothingToSay() throws Exception {
    assumeTrue(Files.isExecutable(TOOLS.resolve("promtool")), "no promtool: ./test fetches it");
    try (RunningAgent agent = RunningAgent.start()) {
      Process promtool =
          new ProcessBuilder(List.of(TOOLS.resolve("promtool").toString(), "check", "metrics"))
              .redirectErrorStream(true)
              .start();
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
