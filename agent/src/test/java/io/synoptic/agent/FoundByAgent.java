package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.now.Now;
import io.synoptic.agent.now.NowJson;
import io.synoptic.findings.FindingKind;
import java.io.StringReader;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** What an agent in a network namespace finds there, scan after scan. */
final class FoundByAgent implements AutoCloseable {
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(80);
  private static final int PAUSE_MILLIS = 300;

  private final NetworkNamespace namespace;
  private final RunningAgent agent;
  private final HttpExchange http;

  /** The commands of all findings so far. */
  private final Set<String> commands = new TreeSet<>();

  FoundByAgent(NetworkNamespace namespace, String... options) throws Exception {
    this.namespace = namespace;
    agent = RunningAgent.startIn(namespace, options);
    http = new HttpExchange(namespace.connect(agent.port()));
  }

  Now now() throws Exception {
    Now now = NowJson.read(new StringReader(http.get("/api/v1/now").text()));
    now.findings()
        .forEach(finding -> finding.actions().forEach(action -> commands.add(action.command())));
    return now;
  }

  /** Those of one listener; of port 0 those that are of none. */
  static List<Now.Finding> of(Now now, int port) {
    String name = port == 0 ? "" : Integer.toString(port);
    return now.findings().stream()
        .filter(finding -> finding.subject().port().equals(name))
        .toList();
  }

  /** Their kinds. */
  static Set<String> kinds(Now now, int port) {
    return of(now, port).stream().map(Now.Finding::kind).collect(Collectors.toSet());
  }

  /** Scans until it is found of a listener, or of none of them with port 0. */
  Now.Finding await(FindingKind kind, int port) throws Exception {
    long end = System.nanoTime() + DEADLINE_NANOS;
    Now now = now();
    while (!kinds(now, port).contains(kind.label())) {
      assertThat(System.nanoTime()).as("no %s in %s", kind, now.findings()).isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      now = now();
    }
    return of(now, port).stream()
        .filter(finding -> finding.kind().equals(kind.label()))
        .findFirst()
        .orElseThrow();
  }

  /** Scans so often, a second apart as scans are, and finds nothing of a kind there. */
  void isSilent(int scans, int port, Set<FindingKind> kinds) throws Exception {
    for (int i = 0; i < scans; i++) {
      assertThat(kinds(now(), port))
          .doesNotContainAnyElementsOf(kinds.stream().map(FindingKind::label).toList());
      TimeUnit.SECONDS.sleep(1);
    }
  }

  /** Every command of every finding runs as it is and has no complaint. */
  void assertCommandsRun() throws Exception {
    for (String command : commands) {
      if (command.startsWith("systemctl") || command.startsWith("journalctl")) {
        continue; // There is no systemd where tests run.
      }
      Process shell =
          new ProcessBuilder(namespace.command("sh", "-c", command))
              .redirectErrorStream(true)
              .start();
      String output = new String(shell.getInputStream().readAllBytes(), UTF_8);
      assertThat(shell.waitFor()).as("%s: %s", command, output).isZero();
      assertThat(output).as(command).doesNotContainIgnoringCase("error:", "invalid", "usage:");
    }
  }

  @Override
  public void close() throws Exception {
    http.close();
    agent.close();
  }
}
