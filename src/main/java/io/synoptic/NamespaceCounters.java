package io.synoptic;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The kernel's counters and limits of one network namespace, and those that the host has once, read
 * at one time. Immutable.
 *
 * <p>Values are named as {@code nstat} and {@code sysctl} name them: {@code TcpActiveOpens}, {@code
 * TcpExtListenDrops}, {@code net.ipv4.tcp_syncookies}; {@code TCP tw} is of {@code sockstat}.
 */
public final class NamespaceCounters {
  private final Map<String, Double> values;
  private final List<String> failures;

  NamespaceCounters(Map<String, Double> values, List<String> failures) {
    this.values = Map.copyOf(values);
    this.failures = List.copyOf(failures);
  }

  /** The value of that name; empty if this kernel or namespace has none, or it can't be read. */
  public OptionalDouble value(String kernelName) {
    Double value = values.get(kernelName);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /**
   * What could not be read and why, in one line; empty if all was. The values of a file that fails
   * are absent, those of the others are as good as ever.
   */
  public Optional<String> failure() {
    return failures.isEmpty()
        ? Optional.empty()
        : Optional.of("counters can't be read: " + String.join("; ", failures));
  }
}
