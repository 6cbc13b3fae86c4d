package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ./synoptic asks an agent that has a certificate and wants a password. */
@Tag("waits")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandTlsIT {
  @TempDir static Path folder;

  private RunningAgent agent;

  @BeforeAll
  void startAgent() throws Exception {
    OpenSsl.selfSigned(folder, "a");
    OpenSsl.selfSigned(folder, "b");
    String hash = BCrypt.withDefaults().hashToString(10, "open sesame".toCharArray());
    Path config =
        Files.writeString(
            folder.resolve("web.yml"),
            "tls_server_config: {cert_file: a.pem, key_file: a.key}\nbasic_auth_users: {alice: "
                + hash
                + "}\n");
    Files.writeString(folder.resolve("right"), "open sesame\n");
    Files.writeString(folder.resolve("wrong"), "open barley\n");
    agent = RunningAgent.start("--web.config.file=" + config);
  }

  @AfterAll
  void stopAgent() throws Exception {
    if (agent != null) {
      agent.close();
    }
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private String[] asking(String command, String certificate, String password) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.add("--agent=https://127.0.0.1:" + agent.port());
    if (certificate != null) {
      arguments.add("--agent.ca-file=" + file(certificate));
    }
    if (password != null) {
      arguments.addAll(List.of("--agent.user=alice", "--agent.password-file=" + file(password)));
    }
    return arguments.toArray(String[]::new);
  }

  @ParameterizedTest
  @ValueSource(strings = {"doctor", "snapshot", "states", "top"})
  void itIsShownWhatTheAgentKnows(String command) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(asking(command, "a.pem", "right")));
    if (command.equals("top")) {
      arguments.add("--count=1");
    }
    CommandRun ended = CommandRun.of(arguments.toArray(String[]::new));

    assertThat(ended.errors()).isEmpty();
    assertThat(ended.output())
        .contains("through the agent at https://127.0.0.1:" + agent.port() + "/, sock_diag");
    assertThat(ended.status()).isBetween(0, command.equals("doctor") ? 2 : 0);
  }

  @Test
  void theMetricsAreThere() throws Exception {
    List<String> arguments = new ArrayList<>(List.of(asking("snapshot", "a.pem", "right")));
    arguments.add("--prometheus");

    assertThat(CommandRun.good(arguments.toArray(String[]::new)).output())
        .contains("\nsynoptic_scan_success{collector=\"sockets\"} 1.0\n");
  }

  @ParameterizedTest
  @CsvSource({
    "a.pem, wrong, it does not take this user and password",
    "a.pem, , it wants a user: add --agent.user and --agent.password-file",
    "b.pem, right, --agent.ca-file names who signs its certificate",
    ", right, --agent.ca-file names who signs its certificate",
    "right, right, --agent.ca-file=",
    "none.pem, right, --agent.ca-file=",
    "a.pem, none, --agent.password-file="
  })
  void whatIsWrongIsOneLine(String certificate, String password, String why) throws Exception {
    CommandRun ended = CommandRun.of(asking("doctor", certificate, password));

    assertThat(ended.status()).isEqualTo(3);
    assertThat(ended.output()).isEmpty();
    assertThat(ended.errors())
        .startsWith("synoptic: ")
        .hasLineCount(1)
        .contains(why)
        .doesNotContain("open ");
    assertThat(CommandRun.of(asking("states", certificate, password)).status()).isEqualTo(1);
  }

  /** At the usual place: without a user the command scans by itself, and says what it lacks. */
  @Test
  void anAgentThatCantBeAskedIsMentioned() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(64);
        RunningAgent usual =
            RunningAgent.startIn(
                namespace,
                "--web.listen-address=127.0.0.1:10119",
                "--web.config.file=" + file("web.yml"))) {
      List<String> inside = namespace.command();
      CommandRun alone = CommandRun.of(inside, Map.of(), "doctor");
      CommandRun asked =
          CommandRun.of(
              inside,
              Map.of(),
              "doctor",
              "--agent.user=alice",
              "--agent.password-file=" + file("right"));

      assertThat(usual.errors()).isEmpty();
      assertThat(alone.output().replaceAll("\\s+", " "))
          .contains("by scans of its own")
          .contains("can't be asked. the agent at http://127.0.0.1:10119/: ");
      assertThat(asked.status()).isEqualTo(3);
      assertThat(asked.errors()).startsWith("synoptic: the agent at http://").hasLineCount(1);
    }
  }

  @Test
  void plainHttpIsNoAnswer() throws Exception {
    CommandRun ended = CommandRun.of("doctor", "--agent=http://127.0.0.1:" + agent.port());

    assertThat(ended.status()).isEqualTo(3);
    assertThat(ended.errors()).startsWith("synoptic: the agent at http://").hasLineCount(1);
  }
}
