package io.synoptic.findings;

import io.synoptic.KernelCounter;
import io.synoptic.ListenerFigures;
import io.synoptic.ListenerGroup;
import io.synoptic.Owner;
import io.synoptic.findings.Figure.Unit;
import java.util.List;

/** Accept queues that are full, were, or fill. */
final class ListenerRules {
  private static final String FULL_SECONDS =
      "synoptic_tcp_listener_accept_queue_full_seconds_total";

  private ListenerRules() {}

  static void find(Scene scene) {
    List<ListenerGroup> groups =
        scene.now().listeners().map(ListenerFigures::groups).orElse(List.of());
    double drops = 0;
    for (ListenerGroup group : groups) {
      drops += scene.past(group).memory().drops();
    }
    // An overflow counts once here and once there. With fewer, some drops are of another kind, and
    // whose they are is not known.
    double overflows = scene.memory().growth(KernelCounter.LISTEN_OVERFLOWS).total();
    boolean overflowed = overflows > 0 && overflows >= drops;
    for (ListenerGroup group : groups) {
      find(scene, group, overflowed);
    }
  }

  private static void find(Scene scene, ListenerGroup group, boolean overflowed) {
    GroupView past = scene.past(group);
    boolean wasFull = isFullNow(group, past) || wasFull(group, past);
    boolean isHigh = !isSmall(group) && past.highNanos() >= Thresholds.HIGH_LASTS.toNanos();
    boolean dropped = overflowed && past.memory().drops() > 0;
    if (isFullNow(group, past)) {
      scene.found().accept(full(scene, group, past));
    } else if (wasFull || isHigh || dropped) {
      scene.found().accept(filling(scene, group, past, wasFull, isHigh));
    }
    boolean isSynFull = SynRules.find(scene, group, past);
    if (wasFull || dropped || isSynFull) {
      LimitRules.find(scene, group, past);
    }
  }

  /** Whether its backlog is so small that it is full now and then. */
  static boolean isSmall(ListenerGroup group) {
    return group.acceptQueueLimit().orElse(0) < Thresholds.SMALL_BACKLOG * group.sockets();
  }

  private static boolean isFullNow(ListenerGroup group, GroupView past) {
    return group.acceptQueueUtilization().orElse(0) >= 1
        && (!isSmall(group) || past.isFullFor(Thresholds.SMALL_LASTS));
  }

  private static boolean wasFull(ListenerGroup group, GroupView past) {
    return past.memory().fullSeconds()
        >= (isSmall(group) ? Thresholds.SMALL_FULL_SECONDS : Thresholds.FULL_SECONDS);
  }

  private static Finding full(Scene scene, ListenerGroup group, GroupView past) {
    FindingBuilder finding =
        new FindingBuilder(FindingKind.ACCEPT_QUEUE_FULL, Severity.CRITICAL, scene.of(group))
            .since(past.memory().fullSince())
            .meaning(
                "The program does not accept as fast as clients connect. New clients are dropped"
                    + " until there is room, and try again after 1 s, 3 s, 7 s; those that wait are"
                    + " connected and get no answer.");
    evidence(finding, scene, group, past);
    look(finding, scene, group)
        .action(
            "Look at its threads: blocked, out of workers, in garbage collection? Add acceptors,"
                + " workers or instances.")
        .avoid(
            "No larger backlog for a program that has stopped accepting: more clients wait longer"
                + " and get no answer either.");
    return finding.build(
        "The accept queue is full: "
            + group.acceptQueueLength()
            + " wait, "
            + group.acceptQueueLimit().orElse(0)
            + " is the limit.");
  }

  private static Finding filling(
      Scene scene, ListenerGroup group, GroupView past, boolean wasFull, boolean isHigh) {
    FindingBuilder finding =
        new FindingBuilder(FindingKind.ACCEPT_QUEUE_FILLING, Severity.WARNING, scene.of(group))
            .since(isHigh ? past.highSince() : past.memory().lastFull());
    evidence(finding, scene, group, past);
    look(finding, scene, group);
    if (isHigh) {
      return finding
          .meaning(
              "More connections wait to be accepted than a program lets wait that keeps up. When"
                  + " the queue is full, new clients are dropped and try again after a second.")
          .action("Look at its threads; add acceptors, workers or instances.")
          .avoid("No larger backlog alone: it only makes the wait longer.")
          .build(
              "The accept queue has been more than half full for "
                  + Text.seconds(past.highNanos() / 1e9)
                  + ".");
    }
    return finding
        .meaning(
            "Clients come in bursts, or the program pauses. While the queue is full new clients are"
                + " dropped, and their connect takes a second or more longer.")
        .action("If it keeps up on average, let more clients wait: raise the limit of the queue.")
        .action("Have clients keep connections alive, and not reconnect all at once.")
        .avoid("A larger limit does not help if the program is slow all the time.")
        .build(
            wasFull
                ? "The accept queue was full for "
                    + Text.seconds(past.memory().fullSeconds())
                    + " of the last 10 min."
                : "The accept queue was full for moments: "
                    + Text.number(past.memory().drops())
                    + " segments were dropped in the last 10 min.");
  }

  /** What the queue is like, for every finding about it. */
  static void evidence(FindingBuilder finding, Scene scene, ListenerGroup group, GroupView past) {
    finding
        .count(
            "accept queue length",
            group.acceptQueueLength(),
            "synoptic_tcp_listener_accept_queue_length")
        .count(
            "accept queue limit",
            group.acceptQueueLimit(),
            "synoptic_tcp_listener_accept_queue_limit");
    group
        .acceptQueuePeakUtilization()
        .ifPresent(
            peak ->
                finding.figure(
                    "highest utilization of the last 60 s",
                    peak,
                    Unit.RATIO,
                    "synoptic_tcp_listener_accept_queue_peak_utilization_ratio"));
    finding.figure(
        "full in the last 10 min", past.memory().fullSeconds(), Unit.SECONDS, FULL_SECONDS);
    if (group.drops().isPresent()) {
      finding.count(
          "drops in the last 10 min", past.memory().drops(), "synoptic_tcp_listener_drops_total");
    }
    scene
        .value(KernelCounter.LISTEN_OVERFLOWS)
        .ifPresent(
            known ->
                finding.count(
                    "overflows of its network namespace in the last 10 min",
                    scene.memory().growth(KernelCounter.LISTEN_OVERFLOWS).total(),
                    "synoptic_tcp_accept_queue_overflows_total"));
  }

  /** How to see who holds a listener. */
  static FindingBuilder look(FindingBuilder finding, Scene scene, ListenerGroup group) {
    finding.action(
        "As root, see its queue (Recv-Q, with the limit in Send-Q) and who holds it.",
        scene.shell().run("ss -ltnp" + filter(group)));
    return status(finding, group.owner());
  }

  /** How a system unit is; nothing if the owner is none, a user's, or what runs containers. */
  static FindingBuilder status(FindingBuilder finding, Owner owner) {
    return isUnit(owner)
        ? finding.action(
            "See whether it runs, and its last lines.",
            "systemctl --no-pager status -- " + Shell.quote(owner.unit()))
        : finding;
  }

  static boolean isUnit(Owner owner) {
    String unit = owner.unit();
    return owner.container().isEmpty()
        && unit.contains(".")
        && !unit.contains("/")
        && !unit.equals("other");
  }

  /** Of ss: the sockets of a group; of those that share labels all. */
  static String filter(ListenerGroup group) {
    if (!isNumber(group.port())) {
      return "";
    }
    return switch (group.address()) {
      case "0.0.0.0", "::" -> " " + Shell.quote("sport = :" + group.port());
      default ->
          " src "
              + Shell.quote(
                  (group.address().contains(":") ? "[" + group.address() + "]" : group.address())
                      + ":"
                      + group.port());
    };
  }

  static boolean isNumber(String port) {
    return !port.isEmpty() && port.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
