package io.synoptic.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.synoptic.SharedScanner;
import io.synoptic.SocketScanner;
import io.synoptic.micrometer.SocketMetrics;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Names are an API: what is written about them is true, and none changes unnoticed. */
class CatalogueNamesTest {
  private static final Pattern ROW =
      Pattern.compile(
          "\\| `(?<name>synoptic_\\w+)` \\| (?<kind>\\w+) \\| (?<labels>[^|]*) \\| [^|]+ \\|");

  @Test
  void theTableOfMetricsIsTheCatalogue() throws IOException {
    List<String> rows =
        Files.readAllLines(Path.of("../docs/metrics.md")).stream()
            .map(ROW::matcher)
            .filter(row -> row.matches())
            .map(row -> row.group("name") + " " + row.group("kind") + " " + row.group("labels"))
            .toList();

    assertThat(rows)
        .containsExactlyElementsOf(
            MetricCatalogue.families().stream()
                .map(
                    family ->
                        family.prometheusName()
                            + " "
                            + family.kind().name().toLowerCase(Locale.ROOT)
                            + " "
                            + family.labels().stream()
                                .map(label -> "`" + label + "`")
                                .collect(Collectors.joining(", ")))
                .toList());
  }

  @Test
  void whatAnEmbedderSeesIsInTheGoldenFile() throws IOException {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (ServerSocket listener = new ServerSocket(0);
        SharedScanner scanner = SharedScanner.builder(SocketScanner.builder().build()).build();
        SocketMetrics metrics = new SocketMetrics(scanner)) {
      assertThat(listener.isBound()).isTrue();
      scanner.fresh().join(); // on a busy machine it takes longer than bindTo() waits
      metrics.bindTo(registry);
      String names =
          registry.getMeters().stream()
              .map(
                  meter ->
                      meter.getId().getType().name().toLowerCase(Locale.ROOT)
                          + " "
                          + meter.getId().getName()
                          + meter.getId().getTags().stream()
                              .map(tag -> tag.getKey() + "=" + tag.getValue())
                              .map(
                                  tag ->
                                      tag.replaceFirst(
                                          "^(\\w*version|revision|address|port|unit|container|process|namespace|pod)=.*",
                                          "$1=..."))
                              .collect(Collectors.joining(",", "{", "}"))
                          + (meter.getId().getBaseUnit() == null
                              ? ""
                              : " " + meter.getId().getBaseUnit()))
              .sorted()
              .distinct()
              .collect(Collectors.joining("\n", "", "\n"));

      assertThat(names).isEqualTo(golden());
    }
  }

  /** What is the host's is in its initial network namespace alone. */
  private static String golden() throws IOException {
    boolean initial = Files.exists(Path.of("/proc/sys/net/ipv4/tcp_max_orphans"));
    return Files.readString(Path.of("test/resources/embedder.golden"))
        .lines()
        .filter(line -> initial || !line.contains(" synoptic.tcp.host."))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
