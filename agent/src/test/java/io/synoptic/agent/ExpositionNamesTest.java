package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every name, type, unit, help text and label of a scrape, held against a golden file. */
class ExpositionNamesTest {
  private static String scrape(String accept) throws Exception {
    Options options = new Options();
    options.commandLine().parseArgs("--web.listen-address=127.0.0.1:0");
    try (Agent agent = Agent.start(options);
        HttpExchange http =
            new HttpExchange(
                new Socket(InetAddress.getLoopbackAddress(), URI.create(agent.url()).getPort()))) {
      return http.get("/metrics", "Accept: " + accept).text();
    }
  }

  private static String hidden(String line, String labels) {
    return line.replaceAll("\\b(" + labels + ")=\"[^\"]*\"", "$1=\"...\"");
  }

  private static String withoutValues(String text) {
    return text.lines()
        .map(line -> line.startsWith("#") ? line : line.replaceFirst(" \\S+$", ""))
        .map(line -> line.replaceAll("(version|revision)=\"[^\"]*\"", "$1=\"...\""))
        .map(line -> hidden(line, "address|port|unit|container|process"))
        .map(line -> line.startsWith("synoptic_tcp_owner_") ? hidden(line, "namespace|pod") : line)
        .distinct()
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** What is the host's is in its initial network namespace alone. */
  private static String golden(String name) throws IOException {
    boolean initial = Files.exists(Path.of("/proc/sys/net/ipv4/tcp_max_orphans"));
    return Files.readString(Path.of("src/test/resources/" + name + ".golden"))
        .lines()
        .filter(line -> initial || !line.contains("synoptic_tcp_host_"))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  @Test
  void text() throws Exception {
    assertThat(withoutValues(scrape("text/plain"))).isEqualTo(golden("text"));
  }

  @Test
  void openMetrics() throws Exception {
    assertThat(withoutValues(scrape("application/openmetrics-text;version=1.0.0")))
        .isEqualTo(golden("openmetrics"));
  }
}
