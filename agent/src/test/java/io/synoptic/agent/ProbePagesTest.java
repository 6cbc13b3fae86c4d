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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a probe gets to know of the agent, over real connections. */
@Timeout(60)
class ProbePagesTest {
  private static final String EMPTY_TABLE =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
          + " inode\n";

  @TempDir private Path folder;

  private static Agent start(String... args) throws Exception {
    List<String> all = new ArrayList<>(List.of("--web.listen-address=127.0.0.1:0"));
    all.addAll(Arrays.asList(args));
    Options options = new Options();
    options.commandLine().parseArgs(all.toArray(String[]::new));
    return Agent.start(options);
  }

  private static Answer get(int port, String path) throws IOException {
    try (HttpExchange http = new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), port))) {
      return http.get(path);
    }
  }

  private static Answer get(Agent agent, String path) throws IOException {
    return get(URI.create(agent.url()).getPort(), path);
  }

  private static void awaitStatus(int status, Agent agent, String path) throws Exception {
    while (get(agent, path).status() != status) { // @Timeout ends it
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  @Test
  void aScanThatHangsIsUnhealthyThoughNobodyScrapesUntilItEnds() throws Exception {
    Path table = Files.createDirectories(folder.resolve("net")).resolve("tcp");
    Files.writeString(table, EMPTY_TABLE);
    try (Agent agent =
        start(
            "--source=proc",
            "--path.procfs=" + folder,
            "--listener.interval=0",
            "--scan.timeout=400ms",
            "--scan.max-age=600ms")) {
      assertThat(get(agent, "/-/healthy").text()).isEqualTo("healthy\n");
      // Opening it takes until there is somebody who writes.
      Path pipe = folder.resolve("pipe");
      assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
      Files.move(pipe, table, StandardCopyOption.REPLACE_EXISTING);

      awaitStatus(503, agent, "/-/healthy");
      String hangs =
          "a scan hangs: it has not ended within 1.0 s, which are --scan.max-age and"
              + " --scan.timeout\n";
      assertThat(get(agent, "/-/healthy").text()).isEqualTo(hangs);
      assertThat(get(agent, "/-/ready").status()).isEqualTo(503);
      assertThat(get(agent, "/-/ready").text()).isEqualTo(hangs);

      Files.move(table, pipe);
      Files.writeString(table, EMPTY_TABLE);
      Files.newOutputStream(pipe).close(); // the scan that waits to open it goes on
      awaitStatus(200, agent, "/-/healthy");
      // The scan that hung has failed, as one that took too long; the next one is good.
      awaitStatus(200, agent, "/-/ready");
    }
  }

  @Test
  void anAddressForProbesShowsThemAloneAndAsksForNoPassword() throws Exception {
    Path config = folder.resolve("web.yml");
    Files.writeString(
        config,
        "basic_auth_users: {a: $2y$04$abcdefghijklmnopqrstuuNJ8O5CGR0oQ6TRCB7I8oGz0YVyqDYQm}\n");
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (Agent agent =
        start("--web.config.file=" + config, "--web.probe-address=127.0.0.1:" + port)) {
      assertThat(get(agent, "/-/healthy").status()).isEqualTo(401);
      assertThat(get(port, "/-/healthy").text()).isEqualTo("healthy\n");
      assertThat(get(port, "/-/ready").text()).isEqualTo("ready\n");
      for (String path : List.of("/metrics", "/", "/api/v1/now", "/-/")) {
        assertThat(get(port, path).status()).as(path).isEqualTo(404);
      }
      assertThat(get(port, "/metrics").text())
          .isEqualTo("not found; here are /-/healthy and /-/ready\n");
    }
  }

  @Test
  void anAddressForProbesThatIsTakenIsNamedByItsOption() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> start("--web.probe-address=127.0.0.1:" + taken.getLocalPort()))
          .isInstanceOf(AddressUnavailableException.class)
          .hasMessageContaining("choose another --web.probe-address");
    }
  }
}
