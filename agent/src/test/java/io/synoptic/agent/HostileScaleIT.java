package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.synoptic.agent.HttpExchange.Answer;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A thousand slow clients and a flood at an agent with the memory of its pod. */
@Tag("long")
@Timeout(600)
class HostileScaleIT {
  private static final int SLOW = 1000;
  private static final int FLOODING = 16;
  private static final long POD_BYTES = 96L << 20;
  private static final long FLOOD_SECONDS = 60;

  /** What the agent serves. */
  enum Way {
    PLAIN(""),
    TLS("tls_server_config: {cert_file: a.pem, key_file: a.key}\n"),
    PASSWORDS("basic_auth_users: {user: %s}\n");

    private final String config;

    Way(String config) {
      this.config = config;
    }

    private Path config(Path folder) throws Exception {
      OpenSsl.selfSigned(folder, "a");
      String hash = BCrypt.withDefaults().hashToString(10, "right".toCharArray());
      return Files.writeString(folder.resolve("web.yml"), config.formatted(hash));
    }

    private String authorization(String password) {
      String pair = "user:" + password;
      return "Authorization: Basic "
          + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }
  }

  private final List<Double> seconds = new ArrayList<>();
  private final List<String> failed = new ArrayList<>();

  /** Kilobytes of memory that is the agent's alone, at most. */
  private long anonymous;

  /** One scrape on a connection of its own. */
  private void scrape(int port, Way way) {
    long start = System.nanoTime();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        HttpExchange http = new HttpExchange(way == Way.TLS ? TlsClient.over(socket) : socket)) {
      Answer answer = http.get("/metrics", way.authorization("right"));
      if (answer.status() != 200 || !answer.text().contains("synoptic_tcp_sockets{")) {
        failed.add("status " + answer.status());
      }
    } catch (Exception e) {
      failed.add(e.toString());
    }
    seconds.add((System.nanoTime() - start) / 1e9);
  }

  /** Ten a second; the last of each hundred says what is held. */
  private long scrapeFor(long duration, RunningAgent agent, Way way) throws Exception {
    long descriptors = 0;
    long start = System.nanoTime();
    while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(duration)) {
      scrape(agent.port(), way);
      Thread.sleep(100);
      descriptors = Math.max(descriptors, agent.proc().descriptors().size());
      anonymous = Math.max(anonymous, kilobytes(agent, "RssAnon"));
    }
    return descriptors;
  }

  private static long kilobytes(RunningAgent agent, String field) throws Exception {
    return Long.parseLong(agent.proc().status(field).replaceAll("\\D", ""));
  }

  private double percentile(double share) {
    List<Double> sorted = seconds.stream().sorted().toList();
    return sorted.get((int) Math.ceil(share * sorted.size()) - 1);
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aScrapeFromAnotherAddressIsAnsweredWithinASecond(Way way, @TempDir Path folder)
      throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(65536);
        MemoryLimit pod = MemoryLimit.of(POD_BYTES);
        RunningAgent agent =
            RunningAgent.start(
                pod.command(namespace.command()),
                RunningAgent.userFor("--web.config.file=" + folder),
                "--web.config.file=" + way.config(folder))) {
      namespace.call(
          () -> {
            beset(agent, way);
            return null;
          });
      assertThat(pod.killed()).isZero();
      assertThat(agent.errors()).isEmpty();
    }
  }

  private void beset(RunningAgent agent, Way way) throws Exception {
    long before = agent.proc().descriptors().size();
    String wrong = way.authorization("wrong");
    double flood;
    long cpuStart;
    double share;
    long descriptors;
    try (SlowClients slow =
        new SlowClients(agent.port(), way == Way.TLS, wrong + "\r\n").begin(SLOW)) {
      assertThat(slow).isNotNull();
      descriptors = scrapeFor(40, agent, way);
      double cpu = agent.proc().cpuSeconds();
      cpuStart = System.nanoTime();
      try (Flood all = Flood.begin(FLOODING, agent.port(), way == Way.TLS, wrong)) {
        descriptors = Math.max(descriptors, scrapeFor(FLOOD_SECONDS, agent, way));
        flood = all.answered() / (double) FLOOD_SECONDS;
      }
      share = (agent.proc().cpuSeconds() - cpu) / ((System.nanoTime() - cpuStart) / 1e9);
    }
    String peak = agent.proc().status("VmHWM");
    System.out.printf(
        "measured: %s: %d scrapes, %d failed, p50 %.3f s, p99 %.3f s, at most %.3f s; %s at most, %d kB of it anonymous, %d"
            + " descriptors at most (%d before); the flood had %.0f answers a second, and cost %.2f"
            + " of a core%n",
        way,
        seconds.size(),
        failed.size(),
        percentile(0.5),
        percentile(0.99),
        percentile(1),
        peak,
        anonymous,
        descriptors,
        before,
        flood,
        share);

    assertThat(failed).isEmpty();
    assertThat(percentile(0.99)).isLessThan(1);
    // Files that are mapped, as the JVM's own, can be read again; the kernel keeps the pod's limit.
    assertThat(anonymous).isLessThan(POD_BYTES >> 10);
    // 512 connections, and those that had to make room while all that waited were accepted.
    assertThat(descriptors).isLessThan(before + 512 + SLOW);
    while (agent.proc().descriptors().size() > before + 5) {
      Thread.sleep(100); // @Timeout ends it
    }
  }
}
