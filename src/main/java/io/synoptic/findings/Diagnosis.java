package io.synoptic.findings;

import io.synoptic.Collector;
import io.synoptic.NamespaceReport;
import io.synoptic.ScanReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The findings of one moment. Immutable.
 *
 * @param findings the worst first; of two alike the one that began earlier
 * @param unknown what nothing could be found of
 * @param isKnown whether there are figures that are new enough to find anything in
 */
public record Diagnosis(List<Finding> findings, List<Unknown> unknown, boolean isKnown) {
  /** A page or a person has no use for more, and a host of trouble must not cost memory. */
  static final int MOST = 100;

  private static final Comparator<Finding> ORDER =
      Comparator.comparing(Finding::severity)
          .thenComparing(finding -> finding.since().orElse(Instant.MAX))
          .thenComparing(Finding::kind)
          .thenComparing(finding -> finding.subject().namespace().netns())
          .thenComparing(finding -> finding.subject().address())
          .thenComparing(finding -> finding.subject().port())
          .thenComparing(finding -> finding.subject().owner().unit())
          .thenComparing(Finding::summary);

  /** All findings together, as one word. */
  public enum Status {
    /** Nothing was found. */
    FINE,
    /** The worst finding is a warning. */
    WARNING,
    /** One is critical. */
    CRITICAL,
    /** There are no figures, or they are too old. */
    UNKNOWN;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** As programs read it: {@code fine}. */
    public String label() {
      return label;
    }
  }

  /** Copies the lists. */
  public Diagnosis {
    findings = List.copyOf(findings);
    unknown = List.copyOf(unknown);
  }

  /**
   * What is wrong.
   *
   * @param report the latest, which {@code history} knows already
   * @param maxAge older figures are not judged
   */
  public static Diagnosis of(ScanReport report, History history, Duration maxAge) {
    if (!report.isGood(maxAge)) {
      return new Diagnosis(List.of(), List.of(UnknownRules.everything(report)), false);
    }
    Set<Collector> fresh = report.fresh(maxAge);
    List<Finding> findings = new ArrayList<>();
    Set<Unknown> unknown = new LinkedHashSet<>();
    UnknownRules.find(report, fresh, unknown::add);
    Duration patience = maxAge.plus(report.pause());
    Instant oldest = report.scan().takenAt().map(at -> at.minus(patience)).orElse(Instant.MIN);
    int old = 0;
    for (NamespaceReport namespace : report.namespaces()) {
      if (namespace.sockets().map(sockets -> sockets.takenAt().isBefore(oldest)).orElse(false)) {
        old++;
        continue;
      }
      find(
          new Scene(
              only(namespace, fresh),
              history.namespace(namespace.name()),
              history,
              Shell.in(namespace.name()),
              findings::add,
              unknown::add));
    }
    if (old > 0) {
      unknown.add(UnknownRules.old(old, maxAge));
    }
    findings.sort(ORDER);
    int more = findings.size() - MOST;
    if (more > 0) {
      unknown.add(new Unknown(more + " more findings", "The worst " + MOST + " are listed."));
    }
    return new Diagnosis(
        more > 0 ? findings.subList(0, MOST) : findings, List.copyOf(unknown), true);
  }

  private static void find(Scene scene) {
    List<Finding> syn = new ArrayList<>();
    Scene listening =
        new Scene(
            scene.now(),
            scene.memory(),
            scene.history(),
            scene.shell(),
            finding -> {
              syn.add(finding);
              scene.found().accept(finding);
            },
            scene.unknown());
    ListenerRules.find(listening);
    SynRules.find(scene, syn.stream().anyMatch(finding -> finding.kind() == FindingKind.SYN_FLOOD));
    CloseWaitRules.find(scene);
    OutboundRules.find(scene);
    RetransmitRules.find(scene);
    HostRules.find(scene);
  }

  /** Without what is too old. */
  private static NamespaceReport only(NamespaceReport all, Set<Collector> fresh) {
    return new NamespaceReport(
        all.name(),
        fresh.contains(Collector.SOCKETS) ? all.sockets() : Optional.empty(),
        fresh.contains(Collector.SOCKETS) ? all.owners() : List.of(),
        fresh.contains(Collector.LISTENERS) ? all.listeners() : Optional.empty(),
        fresh.contains(Collector.COUNTERS) ? all.counters() : Optional.empty(),
        fresh.contains(Collector.HANDSHAKES) ? all.handshakes() : Optional.empty());
  }

  /** The worst of it. */
  public Status status() {
    if (!isKnown) {
      return Status.UNKNOWN;
    }
    if (findings.isEmpty()) {
      return Status.FINE;
    }
    return findings.get(0).severity() == Severity.CRITICAL ? Status.CRITICAL : Status.WARNING;
  }
}
