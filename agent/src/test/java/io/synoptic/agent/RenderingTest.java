package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.synoptic.Collector;
import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import io.synoptic.SocketScanner;
import io.synoptic.agent.now.NowDocuments;
import io.synoptic.agent.now.NowReader;
import io.synoptic.agent.now.Viewers;
import io.synoptic.agent.web.Answers;
import io.synoptic.agent.web.ListenAddress;
import io.synoptic.agent.web.WebServer;
import io.synoptic.findings.History;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which thread renders: neither that of the scans nor the JDK's timer has time for it. */
@Timeout(60)
class RenderingTest {
  private static final String OPEN_METRICS = "Accept: application/openmetrics-text";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** The names of the threads that have made families, and rows of a family. */
  private final ConcurrentLinkedQueue<String> threads = new ConcurrentLinkedQueue<>();

  @TempDir private Path procfs;

  /** Of the counters: a scan waits for who writes it. */
  private Path snmp;

  @BeforeEach
  void makePipe() throws Exception {
    snmp = Files.createDirectory(procfs.resolve("net")).resolve("snmp");
    assertThat(new ProcessBuilder("mkfifo", snmp.toString()).start().waitFor()).isZero();
  }

  private List<ReportCollector.Family> families(ScanReport report, Set<Collector> fresh) {
    threads.add(Thread.currentThread().getName());
    FamilyText text = new FamilyText(FamilyText.Type.GAUGE, "test", "", "Of a test.", List.of());
    return List.of(new ReportCollector.Family(text, this::read));
  }

  private void read(FamilyRows rows) {
    threads.add(Thread.currentThread().getName());
    rows.add(0, 1);
  }

  private WebServer serve(SharedScanner scanner) throws Exception {
    Answers answers = new Answers(registry);
    Duration maxAge = Duration.ofHours(1);
    Exposition exposition =
        new Exposition(registry.getPrometheusRegistry(), this::families, maxAge, 1 << 20);
    ProbePages probes =
        new ProbePages(
            scanner, new ScanHealth(scanner, maxAge), exposition::isWhole, maxAge, answers);
    Viewers viewers = new Viewers(scanner);
    Pages pages =
        new Pages(
            "/metrics",
            scanner,
            Map.of("/metrics", exposition),
            false,
            viewers,
            new NowDocuments(
                new NowReader(new History(), new NowReader.Settings("host", "own", false, maxAge)),
                viewers,
                1 << 20),
            probes,
            answers,
            Agent.renderer());
    return WebServer.start(
        List.of(new ListenAddress("127.0.0.1", 0)),
        Optional.empty(),
        pages,
        new WebServer.Probes(List.of(), probes),
        "/metrics",
        answers,
        registry,
        Optional.empty());
  }

  private static int scrape(WebServer server, String... headers) throws IOException {
    int port = URI.create(server.url()).getPort();
    try (HttpExchange http = new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), port))) {
      return http.get("/metrics", headers).status();
    }
  }

  private CompletableFuture<Integer> whenScanned(WebServer server) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return scrape(server);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  /** Lets each scan that waits go on. */
  private void write() throws IOException {
    new RandomAccessFile(snmp.toFile(), "rw").close();
  }

  @Test
  void oneThreadRendersWhoeverHasEndedTheWaiting() throws Exception {
    try (SharedScanner scanner =
        SharedScanner.builder(SocketScanner.builder().procfs(procfs).build())
            .minInterval(Duration.ofHours(1))
            .build()) {
      WebServer server = serve(scanner);
      try {
        assertThat(scrape(server, "X-Prometheus-Scrape-Timeout-Seconds: 0.2")).isEqualTo(200);
        assertThat(threads).as("the timer").hasSize(2);

        CompletableFuture<Integer> scanned = whenScanned(server);
        while (!scanned.isDone()) { // @Timeout ends it
          write();
          TimeUnit.MILLISECONDS.sleep(10);
        }
        assertThat(scanned.join()).isEqualTo(200);
        assertThat(threads).as("the scan").hasSize(4);

        assertThat(scrape(server, OPEN_METRICS)).isEqualTo(200);
        assertThat(threads).as("nobody: there is a report").hasSize(6);
      } finally {
        server.close();
      }
    }
    assertThat(threads).containsOnly("synoptic-render");
  }
}
