package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.synoptic.agent.OtlpReceiver.Push;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a receiver of OTLP gets, and what scrapes notice of it: nothing. */
@Tag("waits")
@Timeout(180)
class OtlpIT {
  private static final String SUCCESS = "synoptic_otlp_push_success";

  @TempDir private Path folder;

  private OtlpReceiver receiver;

  @BeforeEach
  void listen() throws Exception {
    receiver = OtlpReceiver.start();
  }

  @AfterEach
  void end() {
    receiver.close();
  }

  private RunningAgent push(String... more) throws Exception {
    List<String> options =
        new ArrayList<>(List.of("--otlp.url=" + receiver.url(), "--otlp.interval=1s"));
    options.addAll(List.of(more));
    return RunningAgent.start(
        List.of(),
        Map.of("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
        options.toArray(String[]::new));
  }

  private static String scrape(RunningAgent agent) throws Exception {
    try (HttpExchange http =
        new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), agent.port()))) {
      return http.get("/metrics").text();
    }
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long start = System.nanoTime();
    while (!condition.call()) {
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(60));
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /** As a receiver that follows OpenTelemetry's rules for Prometheus names it. */
  private static String prometheusName(Metric metric) {
    return metric.getName().replace('.', '_')
        + (metric.getUnit().isEmpty() ? "" : "_" + metric.getUnit())
        + (metric.getSum().getIsMonotonic() ? "_total" : "");
  }

  /** Families of the catalogue in a scrape, which are all but those of the agent itself. */
  private static Set<String> families(String text) {
    return text.lines()
        .filter(line -> line.startsWith("# TYPE synoptic_"))
        .map(line -> line.split(" ", -1)[2])
        .filter(name -> !name.matches("synoptic_(http|otlp|exposition)_.*"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void aPushHasTheSeriesOfAScrapeUnderTheSameNames() throws Exception {
    Path headers =
        Files.writeString(folder.resolve("headers"), "# ours\nAuthorization: Bearer a1\n");
    try (RunningAgent agent = push("--otlp.headers.file=" + headers)) {
      await(() -> receiver.next().metrics().containsKey("synoptic.tcp.listener.info"));
      Push push = receiver.next();
      String text = scrape(agent);

      assertThat(push.resource())
          .containsEntry("service.name", "synoptic")
          .containsEntry("deployment.environment.name", "test")
          .containsEntry(
              "host.name", Files.readString(Path.of("/proc/sys/kernel/hostname")).strip())
          .containsKeys("service.version", "service.instance.id");
      assertThat(push.headers())
          .containsEntry("Authorization", "Bearer a1")
          .containsEntry("Content-Encoding", "gzip")
          .containsEntry("Content-Type", "application/x-protobuf");
      assertThat(push.metrics().values().stream().map(OtlpIT::prometheusName))
          .containsExactlyInAnyOrderElementsOf(families(text));
      assertThat(push.points("synoptic.tcp.sockets"))
          .hasSize(22)
          .containsKey(Map.of("family", "ipv4", "state", "time_wait"));
      Metric opens = push.metrics().get("synoptic.tcp.active.opens");
      assertThat(opens.getSum().getIsMonotonic()).isTrue();
      assertThat(opens.getSum().getAggregationTemporality())
          .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
      assertThat(opens.getDescription()).contains("TcpActiveOpens");
      assertThat(text).contains("\n" + SUCCESS + " 1.0\n");

      // A secret that is replaced is used without a restart.
      Files.writeString(headers, "Authorization: Bearer b2\n");
      await(() -> receiver.next().headers().containsValue("Bearer b2"));
      assertThat(agent.errors()).doesNotContain("Bearer", "WARN", "ERROR");
    }
  }

  @Test
  void aFailureIsOneLineUntilItEndsAndScrapesGoOn() throws Exception {
    receiver.answer(503);
    try (RunningAgent agent = push()) {
      await(() -> scrape(agent).contains("\n" + SUCCESS + " 0.0\n"));
      receiver.forget();
      for (int i = 0; i < 3; i++) {
        receiver.next();
      }
      assertThat(agent.errors().lines().filter(line -> line.contains("WARN")))
          .singleElement()
          .asString()
          .contains("pushing to " + receiver.url() + " fails", "503");

      receiver.answer(200);
      await(() -> scrape(agent).contains("\n" + SUCCESS + " 1.0\n"));
      assertThat(agent.errors()).contains("takes what is pushed again");
      assertThat(agent.terminate()).isZero();
    }
  }

  @Test
  void everyNamespaceIsPushedWithItsDetail() throws Exception {
    Bpf.assumeItLoads();
    try (NetworkNamespace namespace = NetworkNamespace.create(1024);
        Lab lab = Lab.in(namespace, "ipv4:listener=1,backlog=16,port=7000", "ipv4:close_wait=7");
        RunningAgent agent = push("--netns=all", "--netns.detail=states")) {
      assertThat(lab.sockets()).isNotEmpty();
      Map<String, String> point =
          Map.of(
              "netns", namespace.name(),
              "namespace", "",
              "pod", "",
              "family", "ipv4",
              "state", "close_wait");
      await(() -> receiver.next().points("synoptic.tcp.sockets").containsKey(point));
      Push push = receiver.next();

      assertThat(push.points("synoptic.tcp.sockets")).containsEntry(point, 7.0);
      assertThat(push.points("synoptic.tcp.listener.sockets").keySet())
          .noneMatch(attributes -> attributes.get("netns").equals(namespace.name()));
      assertThat(agent.errors()).doesNotContain("WARN", "ERROR");
    }
  }

  @Test
  void whenItIsOffNothingOfItIsLoaded() throws Exception {
    Path classes = folder.resolve("classes");
    try (RunningAgent agent =
        RunningAgent.start(
            List.of(),
            Map.of(
                "JDK_JAVA_OPTIONS", "-XX:DumpLoadedClassList=" + classes, "SYNOPTIC_USER", "0"))) {
      assertThat(scrape(agent)).doesNotContain(SUCCESS);
      agent.terminate();
    }

    assertThat(Files.readString(classes))
        .contains("io/synoptic/agent/Agent")
        .doesNotContain("io/opentelemetry", "com/google/protobuf", "micrometer/registry/otlp");
  }
}
