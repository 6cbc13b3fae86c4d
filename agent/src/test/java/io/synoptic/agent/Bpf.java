package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;

/** Whether the kernel that the tests run on takes the BPF program at all. */
final class Bpf {
  private Bpf() {}

  /** Skips the test where it doesn't: it is too old or locked down, or there was no clang. */
  static void assumeItLoads() throws Exception {
    assumeNoFailure("--bpf", "$SYNOPTIC_BPF_FAILURE");
  }

  /** Skips the test where those that count handshakes can't be attached. */
  static void assumeHandshakesAreCounted() throws Exception {
    assumeItLoads();
    assumeNoFailure("--handshakes", "$SYNOPTIC_HANDSHAKES_FAILURE");
  }

  private static void assumeNoFailure(String option, String variable) throws Exception {
    Path launcher = RunningAgent.ROOT.resolve("agent/target/dist/synoptic-launcher");
    Process process =
        new ProcessBuilder(List.of(launcher.toString(), option, "sh", "-c", "echo " + variable))
            .start();
    String failure = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    assertThat(process.waitFor()).isZero();
    assumeTrue(failure.isEmpty(), "the BPF program can not be loaded here: " + failure);
  }
}
