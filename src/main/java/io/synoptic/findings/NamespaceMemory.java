package io.synoptic.findings;

import io.synoptic.ConnectFailure;
import io.synoptic.KernelCounter;
import io.synoptic.Owner;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the rules ask of a network namespace's past.
 *
 * @param counters those that grew
 * @param connects of the owners that had failures
 * @param since when what holds now began
 */
record NamespaceMemory(
    Map<KernelCounter, Growth> counters, List<Connects> connects, Map<Condition, Instant> since) {
  static final NamespaceMemory NONE = new NamespaceMemory(Map.of(), List.of(), Map.of());

  /**
   * The connects of one owner.
   *
   * @param opened those that were established
   * @param failed the others, by reason; a reason without any is absent
   */
  record Connects(Owner owner, Growth opened, Map<ConnectFailure, Growth> failed) {}

  Growth growth(KernelCounter counter) {
    return counters.getOrDefault(counter, Growth.NONE);
  }

  Optional<Instant> since(Condition condition) {
    return Optional.ofNullable(since.get(condition));
  }
}
