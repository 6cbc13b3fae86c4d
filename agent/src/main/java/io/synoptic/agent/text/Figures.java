package io.synoptic.agent.text;

import io.synoptic.agent.now.Now;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Figures with their units; {@code format.js} has the same, and a test holds them together. */
public final class Figures {
  /** What is not known. */
  public static final String UNKNOWN = "–";

  private static final String[] BYTES = {"B", "KiB", "MiB", "GiB", "TiB"};
  private static final String[] THOUSANDS = {"", "K", "M", "B", "T"};

  private Figures() {}

  /** A whole number. */
  public static String count(@Nullable Number value) {
    return value == null ? UNKNOWN : String.format(Locale.ROOT, "%,.0f", value.doubleValue());
  }

  /** A count where there is little room: 12,345 is 12.3K. */
  public static String brief(@Nullable Number value) {
    if (value == null || value.doubleValue() < 10_000) {
      return count(value);
    }
    int power = 0;
    double scaled = value.doubleValue();
    while (scaled >= 999.5 && power < THOUSANDS.length - 1) {
      scaled /= 1000;
      power++;
    }
    int places = Math.round(scaled * 100) < 1000 ? 2 : Math.round(scaled * 10) < 1000 ? 1 : 0;
    return fixed(scaled, places) + THOUSANDS[power];
  }

  /** One of something, or several. */
  public static String number(long count, String one) {
    return count(count) + " " + one + (count == 1 ? "" : "s");
  }

  /** A number that need not be whole. */
  public static String amount(double value) {
    return value >= 10 || value == Math.rint(value) ? count(value) : fixed(value, 1);
  }

  /** A share. What is not full is never 100 %, and what is full always. */
  public static String percent(@Nullable Double ratio) {
    if (ratio == null) {
      return UNKNOWN;
    }
    long percent = Math.round(ratio * 100);
    return (ratio < 1 ? Math.min(99, percent) : percent) + " %";
  }

  /** Seconds in the largest unit of which there are two or more. */
  public static String duration(@Nullable Double seconds) {
    if (seconds == null) {
      return UNKNOWN;
    }
    if (seconds > 0 && seconds < 1) {
      long millis = Math.min(999, Math.round(seconds * 1000));
      return millis < 1 ? "under 1 ms" : millis + " ms";
    }
    long whole = (long) Math.max(0, seconds);
    if (whole < 120) {
      return whole + " s";
    }
    if (whole < 7200) {
      return whole / 60 + " min";
    }
    return whole < 172_800 ? whole / 3600 + " h" : whole / 86_400 + " days";
  }

  /** Bytes in the largest unit of which there is one. */
  public static String bytes(@Nullable Number value) {
    if (value == null) {
      return UNKNOWN;
    }
    int power = 0;
    double scaled = value.doubleValue();
    while (scaled >= 1024 && power < BYTES.length - 1) {
      scaled /= 1024;
      power++;
    }
    return fixed(scaled, scaled < 10 && power > 0 ? 1 : 0) + " " + BYTES[power];
  }

  /** A figure of a finding. */
  public static String figure(Now.Figure figure) {
    double value = figure.value();
    return switch (figure.unit()) {
      case "per_second" -> amount(value) + "/s";
      case "seconds" -> duration(value);
      case "ratio" -> percent(value);
      case "bytes" -> bytes(value);
      default -> amount(value);
    };
  }

  /** With so many digits behind the point. Rounded as JavaScript does, too. */
  private static String fixed(double value, int places) {
    long scale = Math.round(Math.pow(10, places));
    long scaled = Math.round(value * scale);
    return places == 0
        ? Long.toString(scaled)
        : String.format(Locale.ROOT, "%d.%0" + places + "d", scaled / scale, scaled % scale);
  }
}
