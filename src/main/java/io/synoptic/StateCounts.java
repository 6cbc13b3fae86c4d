package io.synoptic;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;

/** How many sockets are in each TCP state. Immutable. */
public final class StateCounts {
  /** No socket in any state. */
  public static final StateCounts ZERO = new StateCounts(new long[TcpState.ALL.size() + 1]);

  /** By {@link TcpState#number()}; number 0 is unused. */
  private final long[] counts;

  private StateCounts(long[] counts) {
    this.counts = counts;
  }

  /** The counts of these states, 0 for every other. */
  public static StateCounts of(Map<TcpState, Long> counts) {
    long[] numbered = new long[TcpState.ALL.size() + 1];
    counts.forEach((state, count) -> numbered[state.number()] = count);
    return new StateCounts(numbered);
  }

  /**
   * The counts at the kernel's numbers of the states.
   *
   * @param counts 12 of them, by {@link TcpState#number()}; copied
   */
  public static StateCounts ofNumbered(long[] counts) {
    if (counts.length != TcpState.ALL.size() + 1) {
      throw new IllegalArgumentException("12 counts are needed, not " + counts.length);
    }
    return new StateCounts(counts.clone());
  }

  /** Sockets in one state. */
  public long get(TcpState state) {
    return counts[state.number()];
  }

  /** Sockets in all states. */
  public long total() {
    return LongStream.of(counts).sum();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StateCounts that && Arrays.equals(counts, that.counts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(counts);
  }

  /** The states that are not empty: {@code established 3, time_wait 1}. */
  @Override
  public String toString() {
    return String.join(
        ", ",
        TcpState.ALL.stream()
            .filter(state -> get(state) != 0)
            .map(state -> state.label() + " " + get(state))
            .toList());
  }
}
