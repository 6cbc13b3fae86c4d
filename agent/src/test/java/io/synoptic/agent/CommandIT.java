package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.synoptic.agent.now.Now;
import io.synoptic.agent.now.NowJson;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ./synoptic as a user meets it, but for what takes a terminal. */
@Tag("waits")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandIT {
  private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

  private RunningAgent agent;

  @BeforeAll
  void startAgent() throws Exception {
    agent = RunningAgent.start("--listener.include=1-65535");
  }

  @AfterAll
  void stopAgent() throws Exception {
    if (agent != null) {
      agent.close();
    }
  }

  private String ofAgent() {
    return "--agent=http://127.0.0.1:" + agent.port();
  }

  @Test
  void itSaysWhereTheFiguresComeFrom() throws Exception {
    assertThat(CommandRun.good("states", ofAgent()).output())
        .contains("through the agent at http://127.0.0.1:");
    assertThat(CommandRun.good("states", "--agent=none").output()).contains("by scans of its own");
  }

  @Test
  void bothShowTheSameDocument() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      for (String source : List.of(ofAgent(), "--agent=none")) {
        String json = CommandRun.good("snapshot", "--json", source).output();
        Now now = NowJson.read(new StringReader(json));

        assertThat(now.scan().source()).isEqualTo("sock_diag");
        if (source.equals("--agent=none")) {
          assertThat(now.namespaces().get(0).listeners())
              .anyMatch(one -> one.port().equals(Integer.toString(socket.getLocalPort())));
        }
      }
    }
  }

  @Test
  void theMetricsNeedNoServer() throws Exception {
    assertThat(CommandRun.good("snapshot", "--prometheus", "--agent=none").output())
        .contains("\nsynoptic_scan_success{collector=\"sockets\"} 1.0\n")
        .contains("\n# TYPE synoptic_tcp_sockets gauge\n");
    assertThat(CommandRun.good("snapshot", "--prometheus", ofAgent()).output())
        .contains("\nsynoptic_scan_success{collector=\"sockets\"} 1.0\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "README.md#something-is-broken-now",
        "docs/command.md#where-the-figures-come-from"
      })
  void thePagesCommandsRun(String section) throws Exception {
    for (String command : MarkdownPage.commands(section)) {
      String words = command.replaceFirst("#.*", "");
      List<String> bash = List.of("bash", "-c", words.replace(" top ", " top --count=1 "));
      Process process =
          new ProcessBuilder(bash)
              .directory(RunningAgent.ROOT.toFile())
              .redirectErrorStream(true)
              .start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(process.waitFor()).as(output).isBetween(0, command.contains("doctor") ? 2 : 0);
      assertThat(output).containsPattern("(by scans of its own|through the agent), sock_diag");
    }
  }

  @Test
  void inAPipeTopPrintsPlainTables() throws Exception {
    String output = CommandRun.good("top", "--agent=none", "--count=2").output();

    assertThat(output).doesNotContain("\033").contains("LISTENER ");
    assertThat(output.split("LISTENER ", -1)).hasSize(3);
  }

  @Test
  void doctorsStatusSaysWhatItFound() throws Exception {
    CommandRun ended = CommandRun.of("doctor", "--json", ofAgent());

    assertThat(ended.errors()).isEmpty();
    assertThat(ended.output()).contains("\"findings\":[").doesNotContain("\"namespaces\"");
    String status = List.of("fine", "warning", "critical", "unknown").get(ended.status());
    assertThat(ended.output()).contains("\"status\":\"" + status + "\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--nothing", "--agent=nowhere", "--for=0s", "word", "--agent.user=a"})
  void whatDoctorCantUseIsOneLineAndStatus3(String argument) throws Exception {
    CommandRun ended = CommandRun.of("doctor", argument);

    assertThat(ended.status()).isEqualTo(3);
    assertThat(ended.output()).isEmpty();
    assertThat(ended.errors()).startsWith("synoptic: ").hasLineCount(1);
  }

  @Test
  void whatOtherCommandsCantUseIsStatus2() throws Exception {
    assertThat(CommandRun.of("states", "--nothing").status()).isEqualTo(2);
    assertThat(CommandRun.of("snapshot", "--json", "--prometheus").status()).isEqualTo(2);
    assertThat(CommandRun.of("help", "nothing").status()).isEqualTo(2);
    assertThat(CommandRun.of("--netns=all", "doctor").errors()).contains("a command comes first: ");
  }

  @Test
  void serveIsTheAgent() throws Exception {
    assertThat(CommandRun.good("serve", "--version").output()).startsWith("synoptic, version ");
    assertThat(CommandRun.of("serve", "--scan.timeout=soon").status()).isEqualTo(2);
  }

  @Test
  void whatElseAnswersIsNoAgent() throws Exception {
    String garbage = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>\033[2J</html>";
    for (String answer :
        List.of(
            garbage,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n{\"schema\":1,\"agent\":{}}",
            "HTTP/1.1 200 OK\r\n\r\n{\"schema\":7}",
            "\033]0;no HTTP\007\r\n\r\n")) {
      try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
        Thread answering = new Thread(() -> answer(server, answer));
        answering.start();
        CommandRun ended =
            CommandRun.of("doctor", "--agent=http://127.0.0.1:" + server.getLocalPort());
        server.close();
        answering.join();

        assertThat(ended.status()).as(answer).isEqualTo(3);
        assertThat(ended.output()).isEmpty();
        assertThat(ended.errors())
            .startsWith("synoptic: the agent at http://127.0.0.1:")
            .hasLineCount(1)
            .doesNotContain("\033");
      }
    }
  }

  private static void answer(ServerSocket server, String answer) {
    while (true) {
      try (Socket client = server.accept()) {
        client.getInputStream().read(new byte[4096]);
        client.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
      } catch (java.io.IOException e) {
        return;
      }
    }
  }

  /** A listener of another user's process, whose name would move the cursor and set the title. */
  @Test
  void rootSeesTheProcessesOfOthersAndNothingInTheirNamesIsObeyed() throws Exception {
    assumeTrue(ROOT, "only root sees the processes of others");
    String listens =
        "open(my $f, '>', \"/proc/$$/comm\"); print $f \"\\e]0;evil\\a\\e[2J\"; close $f;"
            + "use Socket; socket(my $s, AF_INET, SOCK_STREAM, 0);"
            + "bind($s, sockaddr_in(0, INADDR_LOOPBACK)); listen($s, 5);"
            + "$| = 1; print((sockaddr_in(getsockname($s)))[0] . \"\\n\"); sleep 60";
    Process holder =
        new ProcessBuilder(
                "setpriv", "--reuid=1", "--regid=1", "--clear-groups", "perl", "-e", listens)
            .start();
    try {
      String port = holder.inputReader().readLine();

      for (String[] command :
          new String[][] {{"snapshot"}, {"top", "--count=1"}, {"snapshot", "--prometheus"}}) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.add("--agent=none");
        CommandRun ended = CommandRun.good(arguments.toArray(String[]::new));
        assertThat(ended.output()).contains(port).contains("?]0;evil??[2J");
        assertThat(ended.output()).doesNotContain("\033", "\007").doesNotContain("takes root");
      }
    } finally {
      holder.destroy();
    }
  }

  @Test
  void whoIsNotRootHasTheReasonWhyNamesAreMissing() throws Exception {
    List<String> nobody =
        ROOT ? List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") : List.of();
    assumeTrue(
        !ROOT || new ProcessBuilder(withTest(nobody)).start().waitFor() == 0,
        "another user can't read these sources");
    CommandRun ended = CommandRun.of(nobody, Map.of("HOME", "/"), "snapshot", "--agent=none");

    assertThat(ended.status()).as(ended.errors()).isZero();
    assertThat(ended.output()).contains("takes root; start this with sudo");
  }

  /** The agent, of a user of its own, sees its own processes alone. */
  @Test
  void throughTheAgentRootSeesThemToo() throws Exception {
    assumeTrue(ROOT, "only root sees the processes of others");
    try (ServerSocket mine = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.sleep(1000); // the agent's last scan is shared for a second
      assertThat(CommandRun.good("snapshot", ofAgent()).output())
          .containsPattern(":" + mine.getLocalPort() + " .* java");
    }
  }

  private static List<String> withTest(List<String> prefix) {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of("test", "-x", CommandRun.SYNOPTIC));
    return command;
  }

  @Test
  void aCommandsJvmHasNoCapabilityEither() throws Exception {
    Process top =
        new ProcessBuilder(CommandRun.SYNOPTIC, "top", "--agent=none", "--interval=1s").start();
    try {
      assertThat(top.inputReader().readLine()).contains("by scans of its own");
      new ProcessFolder(top.pid()).assertUnprivileged();
      assertThat(new ProcessFolder(top.pid()).status("Seccomp")).isEqualTo("2");
    } finally {
      top.destroy();
      assertThat(top.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }
}
