package io.synoptic.agent;

import io.synoptic.catalogue.MetricFamily.Bounds;
import java.util.Arrays;

/**
 * A native histogram of schema 0, made of a classic one's cells: bucket {@code i} has what is above
 * {@code 2^(i-1)} and up to {@code 2^i}. What is not above the lowest bound is in the zero bucket,
 * and what is above the highest in the bucket that comes next. Not for use by several threads.
 */
final class NativeBuckets {
  private static final int SPAN = 12;
  private static final int SPAN_OFFSET = 1;
  private static final int SPAN_LENGTH = 2;
  private static final int DELTA = 13;

  /** So many empty buckets cost less than a span. */
  private static final int GAP = 2;

  private final double zeroThreshold;

  /** The index of the first bucket. */
  private final int first;

  /** By cell: its bucket from 1, or 0 for the zero bucket. */
  private final int[] bucketOfCell;

  /** By bucket, the zero bucket first. */
  private final long[] counts;

  /** Of bounds that have powers of two. */
  NativeBuckets(Bounds bounds) {
    zeroThreshold = bounds.powers().get(0);
    first = Math.getExponent(zeroThreshold) + 1;
    counts = new long[bounds.powers().size() + 1];
    bucketOfCell = new int[bounds.cells().size() + 1];
    for (int cell = 0; cell < bounds.cells().size(); cell++) {
      double bound = bounds.cells().get(cell);
      bucketOfCell[cell] = (int) bounds.powers().stream().filter(power -> power < bound).count();
    }
    bucketOfCell[bounds.cells().size()] = bounds.powers().size();
  }

  void clear() {
    Arrays.fill(counts, 0);
  }

  void add(int cell, long observations) {
    counts[bucketOfCell[cell]] += observations;
  }

  double zeroThreshold() {
    return zeroThreshold;
  }

  long zeroCount() {
    return counts[0];
  }

  /** Writes the spans of buckets that are not empty, and the buckets. */
  void write(ProtobufBuffer to) {
    int end = 0; // of the span before, from 1; the first offset is the index itself
    for (int start = next(1); start < counts.length; start = next(end)) {
      int offset = end == 0 ? first + start - 1 : start - end;
      end = spanEnd(start);
      int span = to.begin(SPAN);
      to.signed(SPAN_OFFSET, offset);
      to.varint(SPAN_LENGTH, end - start);
      to.end(span);
    }
    long before = 0;
    for (int start = next(1); start < counts.length; start = next(spanEnd(start))) {
      for (int bucket = start; bucket < spanEnd(start); bucket++) {
        to.signed(DELTA, counts[bucket] - before);
        before = counts[bucket];
      }
    }
  }

  /** The first bucket from here on that is not empty. */
  private int next(int from) {
    int bucket = from;
    while (bucket < counts.length && counts[bucket] == 0) {
      bucket++;
    }
    return bucket;
  }

  /** Where a span ends that begins here: behind it there is a longer gap, or nothing. */
  private int spanEnd(int start) {
    int end = start + 1;
    for (int next = next(end); next < counts.length && next - end <= GAP; next = next(end)) {
      end = next + 1;
    }
    return end;
  }
}
