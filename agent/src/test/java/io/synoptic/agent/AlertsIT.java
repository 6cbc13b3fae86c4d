package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.RunningPrometheus.Sample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The shipped alerts in a real Prometheus that scrapes two real agents: each trouble that can be
 * made in a network namespace is made, its alert fires, and falls silent when the trouble has gone.
 * Orphans and memory are the whole host's, and slow handshakes want a week: promtool has to do for
 * them.
 */
@Tag("waits")
@Timeout(240)
class AlertsIT {
  /** In the order in which the test makes them. */
  private static final List<String> EXPECTED =
      List.of(
          "SynopticAcceptQueueFull",
          "SynopticAcceptQueueHigh",
          "SynopticAcceptStopped",
          "SynopticAgentBlind",
          "SynopticCloseWaitLeak",
          "SynopticConnectsFail",
          "SynopticConnectsHang",
          "SynopticEphemeralPorts",
          "SynopticListenerDrops",
          "SynopticListenersFolded",
          "SynopticRequestsDroppedUnexplained",
          "SynopticRetransmits",
          "SynopticSynFlood",
          "SynopticSynQueueNearLimit",
          "SynopticTimeWaitBuckets");

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir private Path folder;

  private final List<AutoCloseable> running = new ArrayList<>();
  private final Set<String> fired = new TreeSet<>();

  /** SYNs that nobody follows up. */
  private static final String FLOOD = "ipv4:syn=100,backlog=64,port=7001";

  /** FINs that nobody acknowledges. */
  private static final String LOSS = "ipv4:fin_wait1=100";

  /** The rules where a minute is two seconds and an hour twenty; nothing else is changed. */
  static String hastened() throws Exception {
    String rules = Files.readString(RulesIT.RULES);
    rules =
        rules
            .replace("interval: \"30s\"", "interval: \"1s\"")
            .replaceAll("(\\[|offset )1h", "$120s")
            .replace("offset 2h", "offset 40s")
            .replace("than=\"1h\"", "than=\"1m\"");
    for (int minutes : List.of(1, 2, 3, 5, 6, 10, 15)) {
      rules =
          rules
              .replace("[" + minutes + "m]", "[" + 2 * minutes + "s]")
              .replace("offset " + minutes + "m)", "offset " + 2 * minutes + "s)")
              .replace("for: \"" + minutes + "m\"\n", "for: \"" + 2 * minutes + "s\"\n");
    }
    return rules;
  }

  @Test
  void eachAlertFiresAndFallsSilent() throws Exception {
    Bpf.assumeHandshakesAreCounted();
    assertThat(RulesIT.alerts()).containsAll(EXPECTED);
    Files.writeString(folder.resolve("synoptic.rules.yml"), hastened());
    String[] second = {"--web.listen-address=127.0.0.1:10120", "--listener.max=12"};
    try (NetworkNamespace namespace = NetworkNamespace.create(16384);
        RunningAgent agent = RunningAgent.startIn(namespace, "--collector.handshakes");
        RunningPrometheus prometheus =
            RunningPrometheus.startIn(
                namespace, folder, Map.of("synoptic", agent.port(), "second-synoptic", 10120));
        Lab healthy =
            Lab.in(
                namespace,
                "ipv4:listener=1,backlog=128,fill=3,port=7000",
                "ipv4:established=50",
                "ipv4:close_wait=5")) {
      namespace.set("net.ipv4.ip_local_port_range", "'20000 20999'");
      namespace.set("net.ipv4.tcp_max_tw_buckets", 600);
      try (RunningAgent other = RunningAgent.startIn(namespace, second)) {
        await(prometheus, "count(host:synoptic_tcp_sockets:max) and sum(up) == 2");
        TimeUnit.SECONDS.sleep(20); // The hour before, for what is compared with it.
        assertThat(firing(prometheus)).isEmpty();

        running.add(Lab.in(namespace, "ipv4:listener=1,backlog=16,fill=17,port=7003"));
        await(prometheus, "count(synoptic_tcp_listener_accept_queue_length{port='7003'}) == 2");
        make(namespace);
        goOn(namespace, prometheus, LOSS, "SynopticRetransmits");
        goOn(namespace, prometheus, FLOOD, "SynopticSynFlood", "SynopticSynQueueNearLimit");
        assertThat(prometheus.query("ALERTS{alertname='SynopticAcceptQueueFull',port='7003'}"))
            .as("one alert, though two agents see the listener, %s among them", other.url())
            .hasSize(1);
        assertThat(prometheus.alerts()).contains("SynopticAcceptQueueFull").doesNotContain("error");

        namespace.set("net.ipv4.tcp_syncookies", 0);
        namespace.set("net.ipv4.tcp_max_syn_backlog", 64);
        goOn(
            namespace,
            prometheus,
            FLOOD,
            "SynopticRequestsDroppedUnexplained",
            "SynopticListenersFolded");
      }
      for (long end = deadline(); !fired.containsAll(EXPECTED); pause(end, "fired " + fired)) {
        fired.addAll(firing(prometheus));
      }
      assertThat(fired).containsExactlyElementsOf(EXPECTED);

      end();
      namespace.set("net.ipv4.ip_local_port_range", "'20000 60999'");
      namespace.set("net.ipv4.tcp_max_tw_buckets", 65536);
      try (RunningAgent again = RunningAgent.startIn(namespace, second)) {
        Set<String> still = firing(prometheus);
        for (long end = deadline(); !still.isEmpty(); pause(end, again.url() + ": " + still)) {
          still = firing(prometheus);
        }
      }
      assertThat(healthy.sockets()).containsEntry("ipv4 listen", 1L);
      assertThat(prometheus.complaints()).isEmpty();
    } finally {
      end();
    }
  }

  /** The other troubles, but the floods. */
  private void make(NetworkNamespace namespace) throws Exception {
    running.add(Lab.in(namespace, "ipv4:close_wait=30", "ipv4:syn_sent=50"));
    running.add(Lab.in(namespace, "ipv4:listener=1,backlog=4000,fill=950", "ipv4:listen=20"));
    running.add(Lab.in(namespace, "ipv4:time_wait=560"));
    running.add(Lab.in(namespace, "ipv4:listener=1,backlog=128,port=7011"));
    running.add(
        namespace.repeat(
            1,
            ": </dev/tcp/127.0.0.1/9; exec {stays}<>/dev/tcp/127.0.0.1/7011;"
                + " timeout 1 bash -c ': </dev/tcp/127.0.0.1/7003'"));
  }

  private void end() throws Exception {
    for (AutoCloseable each : running) {
      each.close();
    }
    running.clear();
  }

  /** A trouble that comes again every few seconds until these alerts fire. */
  private void goOn(
      NetworkNamespace namespace, RunningPrometheus prometheus, String trouble, String... alerts)
      throws Exception {
    for (long end = deadline(); !fired.containsAll(List.of(alerts)); pause(end, "fired " + fired)) {
      Lab.in(namespace, "--for=3", trouble).close();
      fired.addAll(firing(prometheus));
    }
  }

  private static long deadline() {
    return System.nanoTime() + PATIENCE.toNanos();
  }

  private static void pause(long deadline, String what) throws InterruptedException {
    assertThat(System.nanoTime() - deadline).as(what).isNegative();
    TimeUnit.MILLISECONDS.sleep(500);
  }

  private static void await(RunningPrometheus prometheus, String expression) throws Exception {
    for (long end = deadline(); prometheus.query(expression).isEmpty(); pause(end, expression)) {}
  }

  private static Set<String> firing(RunningPrometheus prometheus) throws Exception {
    Set<String> alerts = new TreeSet<>();
    for (Sample sample : prometheus.query("ALERTS{alertstate='firing'}")) {
      alerts.add(sample.labels().get("alertname"));
    }
    return alerts;
  }
}
