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
    Path launcher = RunningAgent.ROOT.resolve("agent/target/dist/synoptic-launcher");
    Process process =
        new ProcessBuilder(
                List.of(launcher.toString(), "--bpf", "sh", "-c", "echo $SYNOPTIC_BPF_FAILURE"))
            .start();
    String failure = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    assertThat(process.waitFor()).isZero();
    assumeTrue(failure.isEmpty(), "the BPF program can not be loaded here: " + failure);
  }
}
