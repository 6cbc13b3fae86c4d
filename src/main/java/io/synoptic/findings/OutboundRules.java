package io.synoptic.findings;

import io.synoptic.ConnectFailure;
import io.synoptic.KernelCounter;
import io.synoptic.Owner;
import io.synoptic.TcpState;
import io.synoptic.findings.Figure.Unit;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Connects from here: without a port, without an answer, refused. */
final class OutboundRules {
  private static final String FAILURES = "synoptic_tcp_connect_failures_total";
  private static final String TO_WHERE = " | awk '{print $4}' | sort | uniq -c | sort -n | tail";

  private OutboundRules() {}

  static void find(Scene scene) {
    ports(scene);
    if (Levels.hanging(scene.now()) > Thresholds.HANGING) {
      scene.found().accept(hanging(scene));
    }
    if (scene.now().handshakes().isPresent()) {
      scene.memory().connects().forEach(connects -> failing(scene, connects));
    } else {
      failing(scene);
    }
  }

  private static void ports(Scene scene) {
    double ratio = Levels.portsRatio(scene.now()).orElse(0);
    if (ratio <= Thresholds.PORTS_HIGH || scene.now().sockets().isEmpty()) {
      return;
    }
    long ports = Levels.ports(scene.now());
    boolean areGone = ratio > Thresholds.PORTS_GONE;
    scene
        .found()
        .accept(
            new FindingBuilder(
                    FindingKind.PORTS_RUN_OUT,
                    areGone ? Severity.CRITICAL : Severity.WARNING,
                    scene.ofNamespace())
                .since(scene.memory().since(Condition.PORTS_RUN_OUT))
                .count(
                    "local ports towards the busiest destination",
                    ports,
                    "synoptic_tcp_busiest_destination_held_ports")
                .count(
                    "local ports for connects",
                    scene.value(KernelCounter.EPHEMERAL_PORTS),
                    "synoptic_tcp_ephemeral_ports_limit")
                .count(
                    "outbound connections in TIME_WAIT, to all destinations",
                    scene.now().sockets().get().outbound(TcpState.TIME_WAIT),
                    "synoptic_tcp_outbound_connections")
                .meaning(
                    "Each connection to one address and port takes a local port, and so does each in"
                        + " TIME_WAIT for a minute. When all are taken, connect fails with \"Cannot"
                        + " assign requested address\". Other destinations are not affected.")
                .action(
                    "See which destination it is, the busiest last.",
                    scene
                        .shell()
                        .run(
                            "ss -Htan | awk '$1 != \"LISTEN\" {print $5}' | sort | uniq -c | sort -n"
                                + " | tail"))
                .action("Pool connections to it and keep them alive.")
                .action(
                    "Mostly TIME_WAIT: let a connect take a port after a second. It needs TCP"
                        + " timestamps at both ends, which is the default.",
                    scene.shell().run("sysctl -w net.ipv4.tcp_tw_reuse=1"))
                .action(
                    "Mostly established: a wider range, after the ports of listeners in it are"
                        + " reserved; or more addresses of either side.",
                    scene
                        .shell()
                        .run(
                            "sysctl net.ipv4.ip_local_port_range"
                                + " net.ipv4.ip_local_reserved_ports"))
                .avoid(
                    "net.ipv4.tcp_fin_timeout does not help: it is about FIN_WAIT2, not TIME_WAIT.")
                .build(
                    Text.share(ratio)
                        + " of the local ports towards one destination are in use: "
                        + ports
                        + "."));
  }

  private static Finding hanging(Scene scene) {
    long hanging = Levels.hanging(scene.now());
    return new FindingBuilder(FindingKind.CONNECTS_HANG, Severity.WARNING, scene.ofNamespace())
        .since(scene.memory().since(Condition.CONNECTS_HANG))
        .count(
            "connects whose SYN was repeated",
            hanging,
            "synoptic_tcp_outbound_repeated_syn_connections")
        .count(
            "connects under way",
            scene
                .now()
                .sockets()
                .map(sockets -> sockets.outbound(TcpState.SYN_SENT))
                .orElse(OptionalLong.empty()),
            "synoptic_tcp_outbound_connections")
        .count(
            "repeated SYNs and SYN-ACKs in the last 10 min",
            scene.memory().growth(KernelCounter.SYN_RETRANS).total(),
            "synoptic_tcp_retransmitted_syn_segments_total")
        .meaning(
            "Nobody answers their SYNs; a port on which nothing listens would refuse at once. The"
                + " peer is down, a firewall drops SYNs, or its accept queue is full. A connect"
                + " fails after two minutes if the program has no timeout.")
        .action(
            "See where they go. One destination: look there. Many: this host's route, firewall or"
                + " connection tracking.",
            scene.shell().run("ss -Htn state syn-sent" + TO_WHERE))
        .action("See the routes.", scene.shell().run("ip route show table all type unicast"))
        .action(
            "Give up after 15 s, if the programs have no timeout of their own.",
            scene.shell().run("sysctl -w net.ipv4.tcp_syn_retries=3"))
        .avoid("Do not retry faster: each attempt holds a local port, and the peer gets more SYNs.")
        .build(hanging + " connects from here get no answer.");
  }

  /** Of one owner, where the kernel counts each connect. */
  private static void failing(Scene scene, NamespaceMemory.Connects connects) {
    double recent = 0;
    double perSecond = 0;
    double total = 0;
    Optional<Instant> since = Optional.empty();
    for (Map.Entry<ConnectFailure, Growth> failed : connects.failed().entrySet()) {
      if (isFailure(failed.getKey())) {
        Growth growth = failed.getValue();
        recent += growth.recent();
        perSecond += growth.perSecond();
        total += growth.total();
        since = earlier(since, growth.since());
      }
    }
    double tried = recent + connects.opened().recent();
    if (recent < Thresholds.FEW
        || perSecond <= Thresholds.FAILURES_PER_SECOND
        || recent <= Thresholds.FAILURES_SHARE * tried) {
      return;
    }
    FindingBuilder finding =
        new FindingBuilder(FindingKind.CONNECTS_FAIL, Severity.WARNING, scene.of(connects.owner()))
            .since(since)
            .figure("failed connects", perSecond, Unit.PER_SECOND, FAILURES);
    connects
        .failed()
        .forEach(
            (reason, growth) -> {
              if (growth.total() > 0) {
                finding.count(reason.label() + " in the last 10 min", growth.total(), FAILURES);
              }
            });
    finding.count(
        "established in the last 10 min",
        connects.opened().total(),
        "synoptic_tcp_outbound_opened_connections_total");
    ConnectFailure most = most(connects.failed());
    ConnectAdvice.give(finding, scene, connects.owner(), most);
    scene
        .found()
        .accept(
            finding.build(
                Text.number(total)
                    + " connects failed in the last 10 min, most of them "
                    + most.label()
                    + "."));
  }

  private static Optional<Instant> earlier(Optional<Instant> one, Optional<Instant> other) {
    return one.isEmpty() || (other.isPresent() && other.get().isBefore(one.get())) ? other : one;
  }

  /** What a program gave up itself may be the slower of two addresses that it tried at once. */
  private static boolean isFailure(ConnectFailure reason) {
    return reason != ConnectFailure.ABORTED;
  }

  private static ConnectFailure most(Map<ConnectFailure, Growth> failed) {
    return failed.entrySet().stream()
        .filter(entry -> isFailure(entry.getKey()))
        .max(Comparator.comparingDouble(entry -> entry.getValue().recent()))
        .map(Map.Entry::getKey)
        .orElse(ConnectFailure.OTHER);
  }

  /**
   * Where no connect is counted by itself: AttemptFails has handshakes of both sides, so that those
   * of a port scan must not look like failed connects.
   */
  private static void failing(Scene scene) {
    Growth failed = scene.memory().growth(KernelCounter.ATTEMPT_FAILS);
    Growth begun = scene.memory().growth(KernelCounter.ACTIVE_OPENS);
    if (failed.recent() < Thresholds.FEW
        || failed.perSecond() <= Thresholds.FAILURES_PER_SECOND
        || failed.recent() > begun.recent()
        || failed.recent() <= Thresholds.MIXED_FAILURES_SHARE * begun.recent()) {
      return;
    }
    FindingBuilder finding =
        new FindingBuilder(FindingKind.CONNECTS_FAIL, Severity.WARNING, scene.ofNamespace())
            .since(failed.since())
            .count(
                "failed handshakes of both sides in the last 10 min",
                failed.total(),
                "synoptic_tcp_connection_attempts_failed_total")
            .count("connects in the last 10 min", begun.total(), "synoptic_tcp_active_opens_total");
    ConnectAdvice.give(finding, scene, Owner.NONE, ConnectFailure.OTHER);
    scene
        .found()
        .accept(
            finding.build(
                Text.number(failed.total())
                    + " of "
                    + Text.number(begun.total())
                    + " connects failed in the last 10 min; whose they are and why is not counted"
                    + " here."));
  }
}
