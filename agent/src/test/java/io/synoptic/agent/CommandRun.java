package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** ./synoptic, run to its end. */
record CommandRun(int status, String output, String errors) {
  static final String SYNOPTIC = RunningAgent.ROOT.resolve("synoptic").toString();

  static CommandRun of(String... arguments) throws Exception {
    return of(List.of(), Map.of(), arguments);
  }

  /** One that is behind other words of a command line, and in an environment. */
  static CommandRun of(List<String> prefix, Map<String, String> environment, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.add(SYNOPTIC);
    command.addAll(List.of(arguments));
    Path errors = Files.createTempFile("synoptic-test-", ".err");
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
      builder.environment().putAll(RunningAgent.userFor(arguments));
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return new CommandRun(process.exitValue(), output, Files.readString(errors));
    } finally {
      Files.delete(errors);
    }
  }

  /** One that complains of nothing. */
  static CommandRun good(String... arguments) throws Exception {
    CommandRun ended = of(arguments);
    assertThat(ended.status).as(ended.errors).isZero();
    assertThat(ended.errors).isEmpty();
    return ended;
  }
}
