package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.synoptic.agent.HttpExchange.Answer;
import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One agent, in a locale that knows no bytes but ASCII, and what the users of its host make: many
 * namespaces beside a pod's and a named one, and names of any bytes.
 */
@Tag("waits")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class ForeignNamesIT {
  private static final int MANY = 100;
  private static final int PLACES = 20;
  private static final int USER = 54321;

  /** Not UTF-8, and what an exposition has to escape. */
  private static final String ODD_BYTES = "\\303\\244\\344\\042\\134\\n";

  private static final String ODD_LABEL = "\u00e4\ufffd\\\"\\\\\\n";

  private static final Pattern EXPOSITION =
      Pattern.compile(
          "(# (HELP|TYPE|UNIT|EOF).*"
              + "|[a-z_]+(\\{([a-z_]+=\"([^\"\\\\\n]++|\\\\[\\\\n\"])*+\",?)*})? [^ ]+)");

  private final List<Process> processes = new ArrayList<>();
  private final List<String> usersNamespaces = new ArrayList<>();
  private final String uid =
      "11111111-2222-3333-5555-" + "%012d".formatted(ProcessHandle.current().pid());
  private final String oddName = "synoptic-odd-" + ProcessHandle.current().pid() + "-";
  private NetworkNamespace named;
  private Path hierarchy;
  private RunningAgent agent;
  @TempDir private static Path logs;

  @BeforeAll
  void populate() throws Exception {
    Bpf.assumeItLoads();
    hierarchy =
        Stream.of("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
            .map(Path::of)
            .filter(path -> Files.isWritable(path.resolve("cgroup.procs")))
            .findFirst()
            .orElse(null);
    assumeTrue(hierarchy != null, "no cgroup can be made here");
    named = NetworkNamespace.create(0);
    run("ip netns add \"$(printf '" + oddName + ODD_BYTES + "x')\"");
    Files.createDirectories(logs.resolve("pods/shop_web-0_" + uid));
    start(
        "mkdir -p $1/kubepods/pod$2; echo $$ >$1/kubepods/pod$2/cgroup.procs;"
            + " exec unshare --net sh -c 'echo; exec sleep 600'");
    start(
        "group=\"$1/lxc.payload.$3$(printf '"
            + ODD_BYTES.replace("\\n", "")
            + "')\"; mkdir \"$group\"; echo $$ >\"$group/cgroup.procs\";"
            + " exec nsenter --net=/run/netns/$4 $5 --for=600 ipv4:listener=1,port=8099");
    start(
        "exec setpriv --reuid="
            + USER
            + " --regid="
            + USER
            + " --clear-groups unshare --user --map-root-user --pid --fork --kill-child sh -c '"
            + "i=0; while [ $i -lt "
            + MANY
            + " ]; do unshare --net sh -c \"readlink /proc/self/ns/net; exec sleep 600\" &"
            + " i=$((i+1)); done; wait'");
    BufferedReader lines = processes.get(2).inputReader();
    while (usersNamespaces.size() < MANY) {
      usersNamespaces.add(lines.readLine().replaceAll("[^0-9]", ""));
    }
    // Others may make namespaces meanwhile.
    String ours = named.name() + "," + oddName + "*,shop/*," + String.join(",", usersNamespaces);
    agent =
        RunningAgent.start(
            List.of(),
            Map.of("LC_ALL", "C"),
            "--netns=all",
            "--netns.max=" + PLACES,
            "--netns.include=" + ours,
            "--scan.min-interval=0s",
            "--path.logs=" + logs);
  }

  private void run(String script) throws Exception {
    Process process = process(script);
    assertThat(process.waitFor()).as(script).isZero();
  }

  private Process process(String script) throws Exception {
    return new ProcessBuilder(
            "sh",
            "-ec",
            script,
            "sh",
            hierarchy.toString(),
            uid,
            oddName,
            named.name(),
            RunningAgent.built("tcplab"))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** What ends with the test; has begun when it says so. */
  private void start(String script) throws Exception {
    Process process = process(script);
    processes.add(process);
    if (processes.size() < 3) {
      process.inputReader().readLine();
    }
  }

  @AfterAll
  void leave() throws Exception {
    if (named == null) {
      return;
    }
    try (NetworkNamespace left = named) {
      if (agent != null) {
        agent.close();
      }
    } finally {
      for (Process process : processes) {
        process.destroyForcibly().waitFor();
      }
      run(
          "ip netns delete \"$(printf '"
              + oddName
              + ODD_BYTES
              + "x')\";"
              + " for i in 1 2 3 4 5 6 7 8 9 10; do"
              + " rmdir $1/kubepods/pod$2 \"$1/lxc.payload.$3\"* && break; sleep 0.2; done;"
              + " rmdir $1/kubepods 2>/dev/null || true");
    }
  }

  private Answer scrape(String... headers) throws Exception {
    try (HttpExchange http =
        new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), agent.port()))) {
      return http.get("/metrics", headers);
    }
  }

  private static String sockets(String netns, String namespace, String pod) {
    return "synoptic_tcp_receive_queue_bytes{namespace=\""
        + namespace
        + "\",netns=\""
        + netns
        + "\",pod=\""
        + pod
        + "\"} ";
  }

  private Answer awaitNames() throws Exception {
    long start = System.nanoTime();
    Answer answer = scrape();
    while (!answer.text().contains(sockets(named.name(), "", ""))) {
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(60));
      TimeUnit.MILLISECONDS.sleep(250);
      answer = scrape();
    }
    return answer;
  }

  private long shown(Answer answer) {
    return usersNamespaces.stream()
        .filter(netns -> answer.text().contains(sockets(netns, "", "")))
        .count();
  }

  @Test
  void theNamespacesOfAUserTakeNoPlaceOfAPodOrOfANamedOne() throws Exception {
    Answer answer = awaitNames();

    assertThat(answer.text())
        .containsPattern("netns=\"\\d+\",pod=\"web-0\"")
        .contains(sockets(named.name(), "", ""));
    assertThat(shown(answer)).isEqualTo(PLACES / 10);
    assertThat(answer.sample("synoptic_unlisted_namespaces")).isEqualTo(MANY - PLACES / 10.0);
    assertThat(agent.errors().lines().filter(line -> line.contains("WARN")))
        .singleElement()
        .asString()
        .contains(MANY - PLACES / 10 + " network namespaces have no series");
  }

  @Test
  void namesOfAnyBytesAreShownAndBreakNoExposition() throws Exception {
    Answer answer = awaitNames();

    assertThat(answer.text()).contains(sockets(oddName + ODD_LABEL + "x", "", ""));
    assertThat(answer.text())
        .contains("container=\"" + oddName + ODD_LABEL.replace("\\n", "") + "\"");
    assertThat(answer.sample("synoptic_scan_success{collector=\"sockets\"}")).isEqualTo(1);
    Answer openMetrics = scrape("Accept: application/openmetrics-text;version=1.0.0");
    for (Answer each : List.of(answer, openMetrics)) {
      assertThat(each.text().lines()).allMatch(line -> EXPOSITION.matcher(line).matches());
      assertThat(each.text().getBytes(UTF_8)).hasSize(each.length());
    }
  }
}
