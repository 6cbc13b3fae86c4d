package io.synoptic.findings;

import io.synoptic.CloseWaitAges;
import io.synoptic.Direction;
import io.synoptic.ListenerFigures;
import io.synoptic.ListenerGroup;
import io.synoptic.Owner;
import io.synoptic.OwnerConnections;
import io.synoptic.SocketSnapshot;
import io.synoptic.TcpState;
import io.synoptic.findings.Figure.Unit;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Connections that peers have closed and programs here have not. */
final class CloseWaitRules {
  private CloseWaitRules() {}

  static void find(Scene scene) {
    Optional<SocketSnapshot> sockets = scene.now().sockets();
    if (sockets.isEmpty()) {
      return;
    }
    Instant takenAt = sockets.get().takenAt();
    List<ListenerGroup> groups =
        scene.now().listeners().map(ListenerFigures::groups).orElse(List.of());
    for (ListenerGroup group : groups) {
      group
          .closeWait()
          .filter(CloseWaitRules::isForgotten)
          .ifPresent(ages -> scene.found().accept(ofListener(scene, group, ages, takenAt)));
    }
    boolean byOwner = false;
    for (OwnerConnections owner : scene.now().owners()) {
      if (owner.direction() == Direction.OUTBOUND && owner.closeWait().isPresent()) {
        byOwner = true;
        if (isForgotten(owner.closeWait().get())) {
          scene.found().accept(ofOwner(scene, owner, takenAt));
        }
      }
    }
    if (!byOwner) {
      sockets
          .get()
          .outboundCloseWait()
          .filter(CloseWaitRules::isForgotten)
          .ifPresent(
              ages -> {
                FindingBuilder finding = begin(scene.ofNamespace(), ages, takenAt);
                evidence(
                    finding,
                    ages,
                    sockets.get().outbound(TcpState.CLOSE_WAIT),
                    "synoptic_tcp_outbound_");
                scene.found().accept(outbound(finding, scene, Owner.NONE).build(summary(ages)));
              });
    }
  }

  private static boolean isForgotten(CloseWaitAges ages) {
    return ages.overOneMinute() > Thresholds.FORGOTTEN
        || ages.overTenMinutes() >= Thresholds.LONG_FORGOTTEN;
  }

  private static String summary(CloseWaitAges ages) {
    return ages.overOneMinute()
        + " connections have been in CLOSE_WAIT for more than a minute, the oldest for "
        + Text.seconds(ages.oldest().toMillis() / 1e3)
        + ".";
  }

  private static FindingBuilder begin(Subject subject, CloseWaitAges ages, Instant takenAt) {
    return new FindingBuilder(FindingKind.CLOSE_WAIT_FORGOTTEN, Severity.WARNING, subject)
        .since(Optional.of(takenAt.minus(ages.oldest())))
        .meaning(
            "The peers have closed, and the program here has not: it forgot to, or it does not read."
                + " Each holds a descriptor, and a program without any left accepts and opens"
                + " nothing.")
        .avoid(
            "No sysctl ends them: the kernel has no timeout for CLOSE_WAIT, and tcp_fin_timeout is"
                + " about another state.");
  }

  private static void evidence(
      FindingBuilder finding, CloseWaitAges ages, OptionalLong all, String metrics) {
    finding
        .figure(
            "age of the oldest",
            ages.oldest().toMillis() / 1e3,
            Unit.SECONDS,
            metrics + "close_wait_oldest_seconds")
        .count(
            "older than a minute", ages.overOneMinute(), metrics + "close_wait_older_connections")
        .count(
            "older than ten minutes",
            ages.overTenMinutes(),
            metrics + "close_wait_older_connections")
        .count("in CLOSE_WAIT", all, metrics + "connections");
  }

  private static Finding ofListener(
      Scene scene, ListenerGroup group, CloseWaitAges ages, Instant takenAt) {
    FindingBuilder finding = begin(scene.of(group), ages, takenAt);
    evidence(finding, ages, group.connections(TcpState.CLOSE_WAIT), "synoptic_tcp_listener_");
    if (group.acceptQueueLength() > 0) {
      finding
          .count(
              "of these or others, not accepted yet",
              group.acceptQueueLength(),
              "synoptic_tcp_listener_accept_queue_length")
          .action("Those that are not accepted have no program yet: it must accept them first.");
    }
    finding.action(
        "As root, see which program has them. Recv-Q 0: it has read the end and forgot to close;"
            + " more: it does not read.",
        scene.shell().run("ss -tnp state close-wait" + ListenerRules.filter(group)));
    ListenerRules.status(finding, group.owner());
    return advice(finding).build(summary(ages));
  }

  private static Finding ofOwner(Scene scene, OwnerConnections owner, Instant takenAt) {
    CloseWaitAges ages = owner.closeWait().orElse(CloseWaitAges.NONE);
    FindingBuilder finding = begin(scene.of(owner.owner()), ages, takenAt);
    evidence(
        finding,
        ages,
        OptionalLong.of(owner.connections(TcpState.CLOSE_WAIT)),
        "synoptic_tcp_owner_");
    return outbound(finding, scene, owner.owner()).build(summary(ages));
  }

  private static FindingBuilder outbound(FindingBuilder finding, Scene scene, Owner owner) {
    finding.action(
        "As root, see which program has them. They were opened here: most leak out of a pool, or"
            + " on the way out after an error.",
        scene.shell().run("ss -tnp state close-wait"));
    return advice(ListenerRules.status(finding, owner));
  }

  private static FindingBuilder advice(FindingBuilder finding) {
    return finding.action(
        "Close sockets on every way out, errors first; set read timeouts; evict idle connections"
            + " from pools. A restart of the program ends all of them.");
  }
}
