package io.synoptic.findings;

import io.synoptic.ScanReport;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * The findings of one moment. Immutable.
 *
 * @param findings the worst first; of two alike the one that began earlier
 * @param unknown what nothing could be found of
 * @param isKnown whether there are figures that are new enough to find anything in
 */
public record Diagnosis(List<Finding> findings, List<Unknown> unknown, boolean isKnown) {
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
    return new Diagnosis(List.of(), List.of(), report.scan().isGood(maxAge));
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
