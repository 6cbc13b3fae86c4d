package io.synoptic.findings;

import io.synoptic.KernelCounter;
import io.synoptic.ListenerGroup;
import io.synoptic.TimerCounts;
import io.synoptic.findings.Figure.Unit;
import java.util.OptionalDouble;

/** SYN queues that are full, and handshakes that do not end. */
final class SynRules {
  private static final String SENT = "synoptic_tcp_syncookies_sent_total";
  private static final String RECEIVED = "synoptic_tcp_syncookies_received_total";
  private static final double HALF = 0.5;

  private SynRules() {}

  /** Of one group. Returns whether its SYN queue is full of clients that are honest. */
  static boolean find(Scene scene, ListenerGroup group, GroupView past) {
    long length = group.synQueueLength().orElse(0);
    if (length < Thresholds.HANDSHAKES) {
      return false;
    }
    boolean isFull = Levels.synQueue(group) >= 1;
    boolean isFlood = isFlood(scene, group, past, length);
    if (isFull) {
      scene.found().accept(full(scene, group, past, length, isFlood));
    }
    if (isFlood) {
      scene.found().accept(flood(scene, group, past, length));
    }
    return isFull && !isFlood;
  }

  private static boolean isFlood(Scene scene, ListenerGroup group, GroupView past, long length) {
    if (Levels.synQueue(group) <= Thresholds.HIGH
        || group.acceptQueueUtilization().orElse(1) >= HALF) {
      return false;
    }
    boolean repeated = repeated(group) >= HALF * length;
    boolean lasts = past.synHighNanos() >= Thresholds.HANDSHAKES_LAST.toNanos();
    return repeated || (lasts && !cookiesComeBack(scene));
  }

  private static long repeated(ListenerGroup group) {
    return group.timers().map(TimerCounts::repeatedSyn).orElse(0L);
  }

  /** Whether clients answer: then the queue is full of those who mean to connect. */
  private static boolean cookiesComeBack(Scene scene) {
    double sent = scene.memory().growth(KernelCounter.SYNCOOKIES_SENT).recent();
    return sent > 0 && scene.memory().growth(KernelCounter.SYNCOOKIES_RECV).recent() >= HALF * sent;
  }

  /** Of a namespace in which no listener shows it: queues are read now and then. */
  static void find(Scene scene, boolean isFoundOfListener) {
    Growth sent = scene.memory().growth(KernelCounter.SYNCOOKIES_SENT);
    OptionalDouble mode = scene.value(KernelCounter.SYNCOOKIES_MODE);
    // With mode 2 each SYN is answered with a cookie, flood or not.
    if (isFoundOfListener
        || mode.orElse(2) == 2
        || sent.recent() < Thresholds.FEW
        || sent.perSecond() <= Thresholds.COOKIES_PER_SECOND
        || cookiesComeBack(scene)) {
      return;
    }
    FindingBuilder finding =
        new FindingBuilder(FindingKind.SYN_FLOOD, Severity.WARNING, scene.ofNamespace())
            .since(sent.since());
    cookies(finding, scene);
    scene
        .found()
        .accept(
            advice(finding, scene, "")
                .meaning(
                    "A SYN queue was full, and clients got SYN cookies that fewer than half of them"
                        + " sent back: their senders do not mean to connect, or are far and lossy."
                        + " With cookies no honest client is turned away.")
                .build(
                    "SYN cookies: "
                        + Text.number(sent.perSecond())
                        + " a second are sent, and fewer than half come back."));
  }

  private static Finding full(
      Scene scene, ListenerGroup group, GroupView past, long length, boolean isFlood) {
    boolean turnsAway =
        scene.value(KernelCounter.SYNCOOKIES_MODE).orElse(1) == 0
            && scene.memory().growth(KernelCounter.REQ_Q_FULL_DROP).recent() > 0;
    FindingBuilder finding =
        new FindingBuilder(
                FindingKind.SYN_QUEUE_FULL,
                turnsAway ? Severity.CRITICAL : Severity.WARNING,
                scene.of(group))
            .since(past.synHighSince())
            .meaning(
                turnsAway
                    ? "The kernel drops new clients' SYNs, because SYN cookies are off."
                    : "More handshakes are under way than the backlog holds. With SYN cookies new"
                        + " clients still connect, without window scaling and the like where they"
                        + " have no timestamps.");
    syn(finding, scene, group, length);
    if (turnsAway) {
      finding.action(
          "Switch SYN cookies on: a full queue then turns no client away.",
          scene.shell().run("sysctl -w net.ipv4.tcp_syncookies=1"));
    }
    finding
        .action("See who they are: many that never answer are a flood.", peers(scene, group))
        .action(
            isFlood
                ? "It is a flood, or clients are slow: see that finding."
                : "If they are honest, raise the backlog of the program and net.core.somaxconn: the"
                    + " smaller one is the limit of this queue, too.")
        .avoid("net.ipv4.tcp_max_syn_backlog limits nothing while SYN cookies are on.");
    return finding.build(
        "The SYN queue is full: "
            + length
            + " handshakes are under way, "
            + group.acceptQueueLimit().orElse(0)
            + " is the limit.");
  }

  private static Finding flood(Scene scene, ListenerGroup group, GroupView past, long length) {
    boolean isRepeated = repeated(group) >= HALF * length;
    FindingBuilder finding =
        new FindingBuilder(FindingKind.SYN_FLOOD, Severity.WARNING, scene.of(group))
            .since(past.synHighSince())
            .meaning(
                isRepeated
                    ? "Most of these clients have not answered for more than a second, and the"
                        + " accept queue is not the reason: their senders do not mean to connect, or"
                        + " the way back to them is broken."
                    : "Handshakes fill the SYN queue and the accept queue is not the reason: the"
                        + " clients are slow or far, or do not mean to connect.");
    syn(finding, scene, group, length);
    return advice(finding, scene, ListenerRules.filter(group))
        .build(
            length
                + " handshakes have begun and do not end"
                + (isRepeated ? "; " + repeated(group) + " SYN-ACKs were repeated." : "."));
  }

  private static FindingBuilder advice(FindingBuilder finding, Scene scene, String filter) {
    if (scene.value(KernelCounter.SYNCOOKIES_MODE).orElse(1) == 0) {
      finding.action(
          "Switch SYN cookies on: a flood then turns no client away.",
          scene.shell().run("sysctl -w net.ipv4.tcp_syncookies=1"));
    }
    return finding
        .action("See where they come from.", peers(scene, filter))
        .action(
            "End handshakes that get no answer sooner (default 5 repeats), and have SYNs limited"
                + " upstream.",
            scene.shell().run("sysctl -w net.ipv4.tcp_synack_retries=2"))
        .avoid(
            "Do not switch SYN cookies off, and do not block single addresses: those of a flood are"
                + " forged.");
  }

  private static void syn(FindingBuilder finding, Scene scene, ListenerGroup group, long length) {
    finding
        .count("SYN queue length", length, "synoptic_tcp_listener_syn_queue_length")
        .count(
            "SYN queue limit", group.acceptQueueLimit(), "synoptic_tcp_listener_syn_queue_limit");
    group
        .timers()
        .ifPresent(
            timers ->
                finding.count(
                    "handshakes with a repeated SYN-ACK",
                    timers.repeatedSyn(),
                    "synoptic_tcp_listener_repeated_syn_connections"));
    group
        .acceptQueueUtilization()
        .ifPresent(
            utilization ->
                finding.figure(
                    "accept queue utilization",
                    utilization,
                    Unit.RATIO,
                    "synoptic_tcp_listener_accept_queue_utilization_ratio"));
    cookies(finding, scene);
  }

  private static void cookies(FindingBuilder finding, Scene scene) {
    double sent = scene.memory().growth(KernelCounter.SYNCOOKIES_SENT).total();
    if (sent > 0 || scene.value(KernelCounter.SYNCOOKIES_SENT).isPresent()) {
      finding
          .count("SYN cookies sent in the last 10 min", sent, SENT)
          .count(
              "SYN cookies that came back",
              scene.memory().growth(KernelCounter.SYNCOOKIES_RECV).total(),
              RECEIVED);
    }
  }

  private static String peers(Scene scene, ListenerGroup group) {
    return peers(scene, ListenerRules.filter(group));
  }

  private static String peers(Scene scene, String filter) {
    return scene
        .shell()
        .run(
            "ss -Htn state syn-recv"
                + filter
                + " | awk '{print $4}' | sed 's/:[0-9]*$//' | sort | uniq -c | sort -n | tail");
  }
}
