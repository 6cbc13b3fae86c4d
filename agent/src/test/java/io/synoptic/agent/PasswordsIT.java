package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Right and wrong passwords at the same time, on a real agent. */
@Timeout(120)
class PasswordsIT {
  private static final int ATTACKERS = 200;

  private final AtomicBoolean attack = new AtomicBoolean(true);
  private final AtomicInteger refused = new AtomicInteger();

  private static String authorization(String user, String password) {
    String pair = user + ":" + password;
    return "Authorization: Basic "
        + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private static Path config(Path folder, int... costs) throws IOException {
    StringBuilder text = new StringBuilder("basic_auth_users:\n");
    for (int i = 0; i < costs.length; i++) {
      String hash = BCrypt.withDefaults().hashToString(costs[i], "right".toCharArray());
      text.append("  user").append(i).append(": ").append(hash).append('\n');
    }
    return Files.writeString(folder.resolve("web.yml"), text.toString());
  }

  private static int status(RunningAgent agent, String from, String user, String password)
      throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (HttpExchange http =
        new HttpExchange(new Socket(loopback, agent.port(), InetAddress.getByName(from), 0))) {
      return http.get("/metrics", authorization(user, password)).status();
    }
  }

  /** One client that tries names that are there and such that are not, again and again. */
  private void attack(RunningAgent agent, int number, int addresses) {
    String from = "127.0.0." + (2 + number % addresses);
    while (attack.get()) {
      try {
        int status = status(agent, from, "user" + number % 20, "wrong");
        assertThat(status).isIn(401, 429);
        refused.incrementAndGet();
        Thread.sleep(status == 429 ? 50 : 0);
      } catch (IOException e) {
        // it had to make room
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void underAttack(RunningAgent agent, int addresses, Attempt attempt) throws Exception {
    ExecutorService attackers = Executors.newFixedThreadPool(ATTACKERS);
    List<Future<?>> running = new ArrayList<>();
    try {
      for (int i = 0; i < ATTACKERS; i++) {
        int number = i;
        running.add(attackers.submit(() -> attack(agent, number, addresses)));
      }
      while (refused.get() < ATTACKERS / 4) {
        Thread.sleep(20); // @Timeout ends it
      }
      attempt.make();
    } finally {
      attack.set(false);
      attackers.shutdown();
      assertThat(attackers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }
    for (Future<?> each : running) {
      each.get();
    }
  }

  private interface Attempt {
    void make() throws Exception;
  }

  @Test
  void amongTwoHundredWhoGuessARightPasswordIsLetInColdAndWarm(@TempDir Path folder)
      throws Exception {
    Path config = config(folder, 10, 10, 10);
    try (RunningAgent agent = RunningAgent.start("--web.config.file=" + config)) {
      underAttack(
          agent,
          10,
          () -> {
            for (int i = 0; i < 3; i++) {
              String user = "user" + i;
              assertThat(status(agent, "127.0.0.1", user, "right")).as("cold").isEqualTo(200);
              for (int j = 0; j < 3; j++) {
                assertThat(status(agent, "127.0.0.1", user, "right")).as("warm").isEqualTo(200);
              }
            }
          });
      assertThat(agent.errors()).isEmpty();
    }
  }

  @Test
  void behindTheGuessersOwnAddressARightPasswordIsLetInWarm(@TempDir Path folder) throws Exception {
    try (RunningAgent agent = RunningAgent.start("--web.config.file=" + config(folder, 10))) {
      assertThat(status(agent, "127.0.0.2", "user0", "right")).isEqualTo(200);
      underAttack(
          agent,
          1,
          () -> {
            for (int i = 0; i < 10; i++) {
              assertThat(status(agent, "127.0.0.2", "user0", "right")).as("warm").isEqualTo(200);
            }
          });
    }
  }

  @Test
  void anUnknownNameCostsNoMoreThanTheCheapestAndKeepsNobodyOut(@TempDir Path folder)
      throws Exception {
    // The third is never checked here: it would take a quarter of a minute.
    Path config = config(folder, 10, 12);
    Files.writeString(
        config,
        "  dear: "
            + BCrypt.withDefaults().hashToString(10, "x".toCharArray()).replace("$10$", "$18$")
            + "\n",
        StandardOpenOption.APPEND);
    try (RunningAgent agent = RunningAgent.start("--web.config.file=" + config)) {
      double before = agent.proc().cpuSeconds();
      assertThat(status(agent, "127.0.0.2", "user0", "wrong")).isEqualTo(401);
      double cheapest = agent.proc().cpuSeconds() - before;
      before = agent.proc().cpuSeconds();
      assertThat(status(agent, "127.0.0.3", "nobody", "right")).isEqualTo(401);
      assertThat(agent.proc().cpuSeconds() - before).isLessThan(3 * cheapest + 1);
      assertThat(status(agent, "127.0.0.1", "user1", "right")).isEqualTo(200);
    }
  }
}
