package io.synoptic.findings;

import io.synoptic.KernelCounter;
import io.synoptic.ListenerFigures;
import io.synoptic.ListenerGroup;
import io.synoptic.SocketSnapshot;
import io.synoptic.StateCounts;
import io.synoptic.TimerCounts;
import io.synoptic.findings.Figure.Unit;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Peers that acknowledge nothing, and paths that lose much. */
final class RetransmitRules {
  private RetransmitRules() {}

  static void find(Scene scene) {
    List<ListenerGroup> groups =
        scene.now().listeners().map(ListenerFigures::groups).orElse(List.of());
    for (ListenerGroup group : groups) {
      long stuck = group.timers().map(TimerCounts::retransmitting).orElse(0L);
      long all = Levels.sending(group.connections().orElse(StateCounts.ZERO));
      if (Condition.isMuch(stuck, all)) {
        stuck(
            scene,
            scene.of(group),
            Optional.empty(),
            stuck,
            all,
            "listener",
            ListenerRules.filter(group));
      }
    }
    long stuck = Levels.retransmitting(scene.now());
    long all = scene.now().sockets().map(Levels::sending).orElse(0L);
    if (Condition.isMuch(stuck, all)) {
      stuck(
          scene,
          scene.ofNamespace(),
          scene.memory().since(Condition.RETRANSMITTING),
          stuck,
          all,
          "outbound",
          "");
    }
    ratio(scene, scene.now().sockets());
  }

  private static void stuck(
      Scene scene,
      Subject subject,
      Optional<Instant> since,
      long stuck,
      long all,
      String kind,
      String filter) {
    FindingBuilder finding =
        new FindingBuilder(FindingKind.RETRANSMITTING, Severity.WARNING, subject)
            .since(since)
            .count(
                "connections that wait for an acknowledgement of what they sent again",
                stuck,
                "synoptic_tcp_" + kind + "_retransmitting_connections")
            .count("connections", all, "synoptic_tcp_" + kind + "_connections")
            .meaning(
                "Their peers have gone, or a path to them loses everything. Each ends after about"
                    + " 15 min, and its program waits until then.");
    scene
        .found()
        .accept(
            advice(finding, scene, filter)
                .build(
                    stuck
                        + " of "
                        + all
                        + (kind.equals("outbound") ? " outbound" : "")
                        + " connections get no acknowledgement."));
  }

  /** SYNs are left out: those mean a peer that does not answer, not a path that loses. */
  private static void ratio(Scene scene, Optional<SocketSnapshot> sockets) {
    Growth again = scene.memory().growth(KernelCounter.RETRANS_SEGS);
    Growth syns = scene.memory().growth(KernelCounter.SYN_RETRANS);
    Growth sent = scene.memory().growth(KernelCounter.OUT_SEGS);
    double recent = again.recent() - syns.recent();
    double perSecond = again.perSecond() - syns.perSecond();
    double share = recent / Math.max(1, sent.recent() + recent);
    if (recent < Thresholds.FEW
        || perSecond <= Thresholds.RETRANSMITS_PER_SECOND
        || share <= Thresholds.RETRANSMITS_SHARE) {
      return;
    }
    FindingBuilder finding =
        new FindingBuilder(FindingKind.RETRANSMITTING, Severity.WARNING, scene.ofNamespace())
            .since(again.since())
            .figure(
                "segments sent again, without SYNs",
                perSecond,
                Unit.PER_SECOND,
                "synoptic_tcp_retransmitted_segments_total")
            .figure(
                "segments sent",
                sent.perSecond(),
                Unit.PER_SECOND,
                "synoptic_tcp_sent_segments_total")
            .meaning(
                "So much is not acknowledged in time: loss on a path, peers that are gone, or a full"
                    + " link. From 5 % on a connection gets little through.");
    sockets.ifPresent(
        counts ->
            finding.figure(
                "not acknowledged",
                counts.sendQueueBytes(),
                Unit.BYTES,
                "synoptic_tcp_send_queue_bytes"));
    scene
        .found()
        .accept(
            advice(finding, scene, "")
                .build(Text.share(share) + " of the segments are sent again."));
  }

  private static FindingBuilder advice(FindingBuilder finding, Scene scene, String filter) {
    return finding
        .action(
            "See towards which peers: those with retrans: in their line.",
            scene
                .shell()
                .run(
                    "ss -HOtni" + filter + " | awk '/ retrans:[1-9]/ {print $5}' | sort | uniq -c"))
        .action(
            "One peer or network: the way to it. All: this host's interface or queueing discipline.",
            scene.shell().run("ip -s link"))
        .avoid(
            "Do not lower net.ipv4.tcp_retries2 to hide it: connections that would recover are"
                + " reset.");
  }
}
