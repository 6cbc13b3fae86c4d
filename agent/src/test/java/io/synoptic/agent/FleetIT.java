package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What deploy/prometheus/fleet.md configures, in Debian's Prometheus. */
@Tag("waits")
@Timeout(180)
class FleetIT {
  private static final String PAGE = "deploy/prometheus/fleet.md";
  private static final String RECORDED = "host:synoptic_tcp_sockets:max";
  private static final String RULES = "synoptic.rules.yml";

  private static final List<Integer> LISTENERS = List.of(7000, 7001, 7002);

  /** Of a pod. */
  private static final List<String> TEN =
      List.of(
          RECORDED,
          "host:synoptic_tcp_close_wait_connections:max",
          "host:synoptic_tcp_ephemeral_ports:ratio",
          "host:synoptic_tcp_retransmitted_data_segments:ratio_rate5m",
          "host:synoptic_tcp_listener_syn_queue:ratio",
          "host:synoptic_tcp_listener_accept_queue_full:ratio_rate5m",
          "host:synoptic_tcp_listener_drops:rate5m",
          "host:synoptic_tcp_listener_opened_connections:rate5m",
          "host:synoptic_tcp_listener_handshake_duration_seconds:p99_rate5m",
          "host:synoptic_tcp_connect_failures:rate5m");

  @TempDir private Path folder;

  private static String configuration(String section) throws Exception {
    List<String> blocks =
        MarkdownPage.read(PAGE).blocks().stream()
            .filter(block -> block.section().equals(PAGE + "#" + section))
            .filter(block -> block.language().equals("yaml"))
            .map(MarkdownPage.Block::text)
            .toList();
    assertThat(blocks).as(section).hasSize(1);
    return blocks.get(0);
  }

  /** With the rules, which are evaluated each second. */
  private static Path withRules(Path folder) throws Exception {
    String rules = Files.readString(RunningAgent.ROOT.resolve("deploy/prometheus/" + RULES));
    Files.writeString(
        Files.createDirectories(folder).resolve(RULES),
        rules.replaceAll("interval: \"?30s\"?", "interval: 1s"));
    return folder;
  }

  private void check(String section, String... options) throws Exception {
    Path config = folder.resolve(section + ".yml");
    Files.writeString(config, configuration(section));
    List<String> command =
        new ArrayList<>(List.of(RunningPrometheus.program("promtool"), "check", "config"));
    command.addAll(List.of(options));
    command.add(config.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  @Test
  void configurationsAreGood() throws Exception {
    withRules(folder);
    check("shards");
    check("agent-mode", "--agent");
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long start = System.nanoTime();
    while (!condition.call()) {
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(120));
      TimeUnit.MILLISECONDS.sleep(250);
    }
  }

  /** A Prometheus that scrapes an agent, and sends on to a receiver what the page says. */
  private Process sender(String section, RunningAgent agent, URI receiver, String... options)
      throws Exception {
    Path own = withRules(folder.resolve("sender"));
    Path nodes = Files.createDirectories(own.resolve("nodes"));
    Files.writeString(
        nodes.resolve("one.yml"),
        "[{targets: ['127.0.0.1:" + agent.port() + "'], labels: {cluster: blue}}]");
    String configuration =
        configuration(section)
            .replaceFirst("scrape_interval: \\w+", "scrape_interval: 1s")
            .replace("modulus: 8", "modulus: 1")
            .replaceFirst("https://\\S+/api/v1/\\w+", receiver + "/api/v1/write");
    assertThat(configuration).contains("scrape_interval: 1s", receiver.toString());
    List<String> command = new ArrayList<>(List.of(RunningPrometheus.program("prometheus")));
    command.add("--config.file=" + Files.writeString(own.resolve("sender.yml"), configuration));
    command.add("--web.listen-address=127.0.0.1:0");
    command.addAll(List.of(options));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(own.resolve("log").toFile())
        .start();
  }

  @Test
  void inAgentModeEverySeriesGoesToAServerThatEvaluatesTheRules() throws Exception {
    try (RunningPrometheus receiver =
            RunningPrometheus.startReceiver(withRules(folder.resolve("receiver")));
        RunningAgent agent = RunningAgent.start()) {
      Process sender =
          sender(
              "agent-mode",
              agent,
              receiver.url(),
              "--enable-feature=agent",
              "--storage.agent.path=" + folder.resolve("wal"));
      try {
        await(() -> receiver.query("synoptic_tcp_sockets{cluster='blue'}").size() == 22);
        await(() -> !receiver.query(RECORDED + "{cluster='blue'}").isEmpty());
        assertThat(receiver.query("synoptic_scan_success{collector='sockets'}"))
            .extracting(RunningPrometheus.Sample::value)
            .containsExactly(1.0);
      } finally {
        sender.destroy();
        sender.waitFor();
      }
    }
  }

  /** Thirty connections to each of the listeners, and as many that are refused. */
  private static Void connect() throws Exception {
    InetAddress host = InetAddress.getLoopbackAddress();
    for (int i = 0; i < 30; i++) {
      for (int port : LISTENERS) {
        new Socket(host, port).close();
      }
      assertThatIOException().isThrownBy(() -> new Socket(host, 1).close());
    }
    return null;
  }

  /** However many listeners the pod has. Shards send on what is recorded, and nothing else. */
  @Test
  void tenSeriesAreRecordedOfAPodAtMost() throws Exception {
    Bpf.assumeItLoads();
    try (NetworkNamespace namespace = NetworkNamespace.create(1024);
        Lab lab = Lab.in(namespace, "ipv4:listener=3,backlog=4000,fill=2,port=7000");
        RunningPrometheus receiver = RunningPrometheus.startReceiver(folder.resolve("receiver"));
        RunningAgent agent = RunningAgent.start("--netns=all", "--collector.handshakes")) {
      assertThat(lab.sockets()).isNotEmpty();
      Process sender =
          sender("shards", agent, receiver.url(), "--storage.tsdb.path=" + folder.resolve("data"));
      try {
        String pod = "{__name__!='ALERTS',netns='" + namespace.name() + "'}";
        Callable<List<String>> recorded =
            () ->
                receiver.query(pod).stream()
                    .map(sample -> sample.labels().get("__name__"))
                    .toList();
        await(
            () -> {
              namespace.call(FleetIT::connect);
              return recorded.call().containsAll(TEN);
            });
        await(() -> !receiver.query(RECORDED + "{netns=''}").isEmpty());
        TimeUnit.SECONDS.sleep(5); // a few evaluations: there may be no more than these

        assertThat(recorded.call()).containsExactlyInAnyOrderElementsOf(TEN);
        assertThat(receiver.query("{__name__=~'synoptic_.+'}"))
            .extracting(sample -> sample.labels().get("__name__"))
            .allMatch(name -> name.matches("synoptic_(build_info|scan_.+)"));
      } finally {
        sender.destroy();
        sender.waitFor();
      }
    }
  }
}
