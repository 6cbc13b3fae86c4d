package io.synoptic;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How connections have begun and ended: those of a listener group, or those that an owner has
 * begun. Counted by the kernel with each change of a socket's state, so none is missed between
 * scans. Immutable.
 */
public final class HandshakeCounts {
  /** The last of these has repeated as often or more often. */
  public static final int MOST_REPEATS = 6;

  /** Those of {@link #CELL_BOUNDS} that a classic histogram has. */
  public static final List<Double> CLASSIC_BOUNDS =
      List.of(
          0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
          2.5, 5.0);

  /** Those that a native histogram has: powers of two of a second. */
  public static final List<Double> NATIVE_BOUNDS =
      IntStream.rangeClosed(-17, 3).mapToObj(power -> Math.scalb(1.0, power)).toList();

  /**
   * Upper bounds of the cells in which durations are counted, in seconds; the last cell has none.
   * The buckets of both kinds of histograms are sums of cells.
   */
  public static final List<Double> CELL_BOUNDS =
      Stream.concat(CLASSIC_BOUNDS.stream(), NATIVE_BOUNDS.stream()).sorted().distinct().toList();

  /** In which a connection can end, whoever has closed first. */
  private static final int WAYS = ConnectionClose.How.values().length;

  private static final int OPENED = 0;
  private static final int DURATION_MICROS = 1;
  private static final int CLOSED = 2;
  private static final int FAILED = CLOSED + ConnectionClose.ALL.size();
  private static final int REPEATED = FAILED + ConnectFailure.ALL.size();
  private static final int SYNCOOKIES = REPEATED + MOST_REPEATS;
  private static final int SYN_ACKS_REPEATED = SYNCOOKIES + 1;

  /** The number of the first cell of durations; those before are each of another kind. */
  public static final int CELLS = SYN_ACKS_REPEATED + 1;

  /** How many numbers {@link #ofNumbered} takes. */
  public static final int SIZE = CELLS + CELL_BOUNDS.size() + 1;

  /** Nothing yet. */
  public static final HandshakeCounts ZERO = new HandshakeCounts(new long[SIZE]);

  private final long[] numbers;

  private HandshakeCounts(long[] numbers) {
    this.numbers = numbers;
  }

  /**
   * Counts in the order of {@code struct synoptic_handshake_counts} in {@code synoptic.h}, from
   * {@code opened} on.
   *
   * @param numbers {@link #SIZE} of them, which are copied
   */
  public static HandshakeCounts ofNumbered(long[] numbers) {
    if (numbers.length != SIZE) {
      throw new IllegalArgumentException(numbers.length + " numbers are not " + SIZE);
    }
    return new HandshakeCounts(numbers.clone());
  }

  /** Connections that were established. */
  public long opened() {
    return numbers[OPENED];
  }

  /** Established connections that have ended in this way. */
  public long closed(ConnectionClose close) {
    return numbers[CLOSED + WAYS * close.by().number() + close.how().number()];
  }

  /** Connections that were not established, because of this. */
  public long failed(ConnectFailure reason) {
    return numbers[FAILED + reason.number()];
  }

  /**
   * Connections that were established after so many repeats of the SYN, or of the SYN+ACK.
   *
   * @param repeats 1 to {@link #MOST_REPEATS}, which is that or more
   */
  public long repeated(int repeats) {
    return numbers[REPEATED + repeats - 1];
  }

  /** Connections that a SYN cookie has established. */
  public long syncookies() {
    return numbers[SYNCOOKIES];
  }

  /** SYN+ACKs that were sent again. */
  public long synAcksRepeated() {
    return numbers[SYN_ACKS_REPEATED];
  }

  /** Seconds that the handshakes in {@link #durations} took together. */
  public double durationSeconds() {
    return numbers[DURATION_MICROS] / 1e6;
  }

  /**
   * Handshakes by how long they took, those without a repeat and a cookie.
   *
   * @param into one for each of {@link #CELL_BOUNDS}: those above the bound before, up to its own;
   *     and one for the rest
   */
  public void durations(long[] into) {
    System.arraycopy(numbers, CELLS, into, 0, into.length);
  }

  /** Connections opened, closed and failed together. */
  public long events() {
    long sum = opened();
    for (int i = CLOSED; i < REPEATED; i++) {
      sum += numbers[i];
    }
    return sum;
  }

  /** Whether nothing is counted. */
  public boolean isZero() {
    for (long number : numbers) {
      if (number != 0) {
        return false;
      }
    }
    return true;
  }

  /** These and more. */
  public HandshakeCounts plus(HandshakeCounts more) {
    long[] sums = numbers.clone();
    Arrays.setAll(sums, i -> sums[i] + more.numbers[i]);
    return new HandshakeCounts(sums);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HandshakeCounts counts && Arrays.equals(numbers, counts.numbers);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(numbers);
  }

  @Override
  public String toString() {
    return Arrays.toString(numbers);
  }
}
