package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.now.Now;
import io.synoptic.findings.FindingKind;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections in CLOSE_WAIT are forgotten when they are older than a minute, and not before. */
@Tag("waits")
@Timeout(120)
class ForgottenIT {
  private static final int BUCKETS = 1024;

  @Test
  void connectionsThatAProgramForgot() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        NetworkNamespace other = NetworkNamespace.create(BUCKETS);
        FoundByAgent agent = new FoundByAgent(namespace);
        Lab few = Lab.in(other, "ipv4:close_wait=5");
        Lab lab = Lab.in(namespace, "ipv4:close_wait=20")) {
      assertThat(agent.now().findings()).isEmpty();
      Now.Finding forgotten = agent.await(FindingKind.CLOSE_WAIT_FORGOTTEN, 0);
      Now now = agent.now();

      assertThat(forgotten.summary()).contains("20 connections");
      assertThat(forgotten.since())
          .isBetween(
              now.scan().takenAt().minus(Duration.ofSeconds(75)),
              now.scan().takenAt().minus(Duration.ofSeconds(59)));
      try (FoundByAgent elsewhere = new FoundByAgent(other)) {
        assertThat(elsewhere.now().findings()).isEmpty();
      }
      assertThat(few.sockets()).containsEntry("ipv4 close_wait", 5L);
      assertThat(lab.sockets()).containsEntry("ipv4 close_wait", 20L);
      agent.assertCommandsRun();
    }
  }
}
