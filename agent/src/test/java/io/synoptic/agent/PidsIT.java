package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An agent whose cgroup lets nobody start a thread any more, as neighbours may have it. */
@Timeout(120)
@Tag("waits")
class PidsIT {
  private static final int SCRAPERS = 20;

  private Path cgroup;

  @BeforeEach
  void makeCgroup() throws Exception {
    Optional<Path> hierarchy =
        Stream.of("/sys/fs/cgroup/pids", "/sys/fs/cgroup")
            .map(Path::of)
            .filter(root -> Files.isWritable(root.resolve("cgroup.procs")))
            .findFirst();
    assumeTrue(hierarchy.isPresent(), "no cgroup can be made here");
    Path made = hierarchy.orElseThrow().resolve("synoptic-pids-" + ProcessHandle.current().pid());
    cgroup = Files.createDirectory(made);
    assumeTrue(Files.exists(cgroup.resolve("pids.max")), "no cgroup here counts processes");
  }

  @AfterEach
  void removeCgroup() throws Exception {
    if (cgroup != null) {
      Files.delete(cgroup);
    }
  }

  private RunningAgent start(String... options) throws Exception {
    String enter = "echo $$ >" + cgroup + "/cgroup.procs; exec \"$@\"";
    return RunningAgent.start(List.of("sh", "-c", enter, "sh"), Map.of(), options);
  }

  /** As many as there are already; none of them has to end for it. */
  private void allowNoMore() throws Exception {
    Files.writeString(cgroup.resolve("pids.max"), "1");
  }

  /** At once, so that every thread has to do. */
  private static void scrape(RunningAgent agent, String... headers) throws Exception {
    List<HttpExchange> scrapers = new ArrayList<>();
    try {
      for (int i = 0; i < SCRAPERS; i++) {
        scrapers.add(new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), agent.port())));
      }
      List<Integer> statuses =
          scrapers.parallelStream()
              .map(
                  scraper -> {
                    try {
                      return scraper.get("/metrics", headers).status();
                    } catch (Exception e) {
                      throw new AssertionError(e);
                    }
                  })
              .toList();
      assertThat(statuses).hasSize(SCRAPERS).allMatch(Integer.valueOf(200)::equals);
    } finally {
      for (HttpExchange scraper : scrapers) {
        scraper.close();
      }
    }
  }

  @Test
  void itAnswersAndStopsWithoutAnotherThread() throws Exception {
    RunningAgent agent = start("--scan.min-interval=0s", "--compat.node-exporter");
    try {
      allowNoMore();

      scrape(agent);
      assertThat(agent.terminate()).isZero();
      assertThat(agent.errors()).isEmpty();
    } finally {
      agent.close();
    }
  }

  @Test
  void itChecksPasswordsWithoutAnotherThread(@TempDir Path folder) throws Exception {
    String hash = BCrypt.with(BCrypt.Version.VERSION_2Y).hashToString(4, "secret".toCharArray());
    Path file = folder.resolve("web.yml");
    Files.writeString(file, "basic_auth_users: {prometheus: " + hash + "}\n");
    String credentials = Base64.getEncoder().encodeToString("prometheus:secret".getBytes(UTF_8));
    RunningAgent agent = start("--web.config.file=" + file);
    try {
      allowNoMore();

      scrape(agent, "Authorization: Basic " + credentials);
      assertThat(agent.terminate()).isZero();
    } finally {
      agent.close();
    }
  }
}
