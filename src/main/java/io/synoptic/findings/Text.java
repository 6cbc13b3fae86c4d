package io.synoptic.findings;

import java.util.Locale;

/** Figures in sentences. */
final class Text {
  private static final long MINUTE = 60;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private Text() {}

  /** {@code 12 s}, {@code 3 min}, {@code 2 h}, {@code 4 days}. */
  static String seconds(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 2 * MINUTE) {
      return whole == 0 && seconds > 0 ? "less than 1 s" : whole + " s";
    }
    return whole < 2 * HOUR
        ? whole / MINUTE + " min"
        : whole < 2 * DAY ? whole / HOUR + " h" : whole / DAY + " days";
  }

  /** {@code 97 %}. */
  static String share(double ratio) {
    return Math.round(Math.floor(ratio * 100)) + " %";
  }

  /** A count as it is, or one that is a rate with its first decimal. */
  static String number(double value) {
    return value >= 10 || value == Math.rint(value)
        ? Long.toString(Math.round(value))
        : String.format(Locale.ROOT, "%.1f", value);
  }
}
