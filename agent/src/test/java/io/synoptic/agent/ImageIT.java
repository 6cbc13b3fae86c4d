package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The container image of scripts/image, run by crun as Kubernetes runs a restricted container. */
@Timeout(60)
@Tag("waits")
class ImageIT {
  private static final int PORT = 10119;
  private static final String READY = "Synoptic answers at ";

  @TempDir static Path folder;

  private static OciImage image;

  @BeforeAll
  static void unpack() throws Exception {
    image = OciImage.built(folder);
  }

  private static HttpExchange.Answer scrape(NetworkNamespace network) throws Exception {
    try (HttpExchange http = new HttpExchange(network.connect(PORT))) {
      return http.get("/metrics", "Accept-Encoding: gzip");
    }
  }

  @Test
  void itSeesItsNetworkNamespaceWithoutAnyPrivilege() throws Exception {
    try (NetworkNamespace network = NetworkNamespace.create(1024);
        Container agent = Container.run(image, network)) {
      agent.awaitLine(READY);

      assertThat(scrape(network).text())
          .contains("synoptic_scan_success{collector=\"sockets\"} 1.0")
          .contains("collector=\"sockets\",reason=\"best\",source=\"sock_diag\"")
          .contains("state=\"listen\"} 1.0");
      assertThat(agent.proc().status("Uid")).startsWith("65534\t65534");
      agent.proc().assertUnprivileged();
      assertThat(agent.proc().status("Seccomp")).as("filtered").isEqualTo("2");
      assertThat(agent.errors()).isEmpty();
    }
  }

  @Test
  void twentyScrapesStayWellBelowItsMemory() throws Exception {
    try (NetworkNamespace network = NetworkNamespace.create(1024);
        Container agent =
            Container.run(image, network, "--scan.min-interval=0s", "--scan.cpu-budget=off")) {
      agent.awaitLine(READY);
      for (int i = 0; i < 20; i++) {
        assertThat(scrape(network).status()).isEqualTo(200);
      }

      long kilobytes = Long.parseLong(agent.proc().status("VmHWM").split(" ", 2)[0]);
      assertThat(kilobytes * 1024).isLessThan(Container.MEMORY_LIMIT * 3 / 4);
    }
  }

  @Test
  void killedItIsStartedAgain() throws Exception {
    try (NetworkNamespace network = NetworkNamespace.create(1024)) {
      try (Container first = Container.run(image, network)) {
        first.awaitLine(READY);
        first.kill();
      }
      try (Container second = Container.run(image, network)) {
        second.awaitLine(READY);
        assertThat(scrape(network).status()).isEqualTo(200);
      }
    }
  }

  @Test
  void thereIsNothingToStartInItButJavaAndItsLauncherAndNothingToUnpackTo() throws Exception {
    try (Stream<Path> files = Files.walk(image.root())) {
      assertThat(
              files
                  .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                  .map(file -> image.root().relativize(file).toString())
                  .filter(file -> !file.matches(".*\\.so(\\.[0-9.]+)?"))
                  .filter(file -> !Path.of(file).startsWith("etc")))
          .containsExactlyInAnyOrder(
              "usr/lib/synoptic/jre/bin/java", "usr/lib/synoptic/synoptic-launcher");
    }
    assertThat(image.user()).isEqualTo("65534:65534");
    assertThat(image.root().resolve("usr/lib/synoptic/synoptic.jsa")).isNotEmptyFile();
  }
}
