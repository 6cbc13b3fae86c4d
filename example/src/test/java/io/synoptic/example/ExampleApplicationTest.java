package io.synoptic.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The application as it is, but for Spring's tests, which leave out exporters by default. */
@Timeout(60)
@EnabledIf(
    value = "io.synoptic.example.FixedPort#exists",
    disabledReason = "every port is ephemeral here")
@SpringBootTest(
    webEnvironment = WebEnvironment.DEFINED_PORT,
    properties = {
      "server.address=127.0.0.1",
      "management.prometheus.metrics.export.enabled=true",
      "spring.main.banner-mode=off"
    })
class ExampleApplicationTest {
  private final HttpClient client = HttpClient.newHttpClient();

  @DynamicPropertySource
  static void port(DynamicPropertyRegistry properties) {
    properties.add("server.port", FixedPort::get);
  }

  /** The samples of one metric in a scrape: labels and value. */
  private Map<String, Double> scrape(String name) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + FixedPort.get() + "/actuator/prometheus"))
                .timeout(Duration.ofSeconds(30))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer
        .body()
        .lines()
        .filter(line -> line.startsWith(name + "{"))
        .collect(
            Collectors.toMap(
                line -> line.substring(name.length(), line.lastIndexOf(' ')),
                line -> Double.valueOf(line.substring(line.lastIndexOf(' ') + 1))));
  }

  /** Scrapes until a scan has brought the sample, and it isn't zero. */
  private void scrapeUntilThereIs(String sample, String name) throws Exception {
    while (scrape(name).getOrDefault(sample, 0.0) == 0) {
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  /** One is established: the scrape's own. */
  @Test
  void aScrapeCountsSocketsOfEveryState() throws Exception {
    scrapeUntilThereIs("{family=\"ipv4\",state=\"established\"}", "synoptic_tcp_sockets");

    assertThat(scrape("synoptic_tcp_sockets"))
        .hasSize(22)
        .containsEntry("{family=\"ipv4\",state=\"close\"}", 0.0);
  }

  @Test
  void theApplicationsOwnPortIsCounted() throws Exception {
    String group = "{address=\"127.0.0.1\",port=\"" + FixedPort.get() + "\"";
    scrapeUntilThereIs(group + ",state=\"established\"}", "synoptic_tcp_listener_connections");

    assertThat(scrape("synoptic_tcp_listener_sockets")).containsEntry(group + "}", 1.0);
  }

  @Test
  void theMetersEndWithTheApplication() {
    MeterRegistry registry;
    try (ConfigurableApplicationContext another =
        new SpringApplicationBuilder(ExampleApplication.class)
            .web(WebApplicationType.NONE)
            .run("--spring.main.banner-mode=off")) {
      registry = another.getBean(MeterRegistry.class);
      assertThat(registry.find("synoptic.build.info").gauges()).isNotEmpty();
    }

    assertThat(registry.getMeters())
        .noneMatch(meter -> meter.getId().getName().startsWith("synoptic"));
  }
}
