package io.synoptic.findings;

import java.util.Locale;

/**
 * A number that a finding rests on.
 *
 * @param name in words: {@code accept queue length}
 * @param value a count, or in base units
 * @param unit of the value
 * @param metric the metric family that has it over time; empty if none does
 */
public record Figure(String name, double value, Unit unit, String metric) {
  /** What a value counts. */
  public enum Unit {
    /** A number of something that the name says. */
    COUNT,
    /** So many each second. */
    PER_SECOND,
    /** A duration in seconds. */
    SECONDS,
    /** A share: 1 is all. */
    RATIO,
    /** Bytes. */
    BYTES;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** As programs read it: {@code per_second}. */
    public String label() {
      return label;
    }
  }
}
