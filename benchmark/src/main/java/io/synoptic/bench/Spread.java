package io.synoptic.bench;

import java.util.Locale;
import java.util.stream.DoubleStream;

/** Several measurements of one thing. */
record Spread(double median, double least, double most) {
  static Spread of(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    int half = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  /** The median with least and most, as {@code 1.05 (1.02–1.10)}. */
  @Override
  public String toString() {
    return number(median) + " (" + number(least) + "–" + number(most) + ")";
  }

  /** Three digits: more would be noise. */
  static String number(double value) {
    double size = Math.abs(value);
    String format = size < 9.995 ? "%.2f" : size < 99.95 ? "%.1f" : "%,.0f";
    return String.format(Locale.ROOT, format, value);
  }
}
