package io.synoptic;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The kernel's counters and limits of one network namespace, and those that the host has once, read
 * at one time. Immutable.
 *
 * <p>What this kernel or namespace doesn't have, and what can't be read, is absent.
 */
public final class NamespaceCounters {
  private final Map<KernelCounter, Double> values;
  private final List<String> failures;

  /**
   * Counters with these values.
   *
   * @param failures one line for each file that could not be read
   */
  public NamespaceCounters(Map<KernelCounter, Double> values, List<String> failures) {
    this.values = Map.copyOf(values);
    this.failures = List.copyOf(failures);
  }

  /** A value; empty if this kernel or namespace doesn't have it, or it can't be read. */
  public OptionalDouble value(KernelCounter counter) {
    Double value = values.get(counter);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /**
   * What could not be read and why, in one line; empty if all was. The values of a file that fails
   * are absent, those of the others are not affected.
   */
  public Optional<String> failure() {
    return failures.isEmpty()
        ? Optional.empty()
        : Optional.of("counters can't be read: " + String.join("; ", failures));
  }
}
