package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Figures and names as people read them. */
final class Words {
  private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB"};

  private Words() {}

  /** A count; a dash for what is not known. */
  static String count(@Nullable Long value) {
    return value == null ? "-" : Long.toString(value);
  }

  /** A share in percent. */
  static String percent(@Nullable Double ratio) {
    return ratio == null ? "-" : Math.round(ratio * 100) + "%";
  }

  /** Seconds in the largest unit that fits. */
  static String duration(@Nullable Double seconds) {
    if (seconds == null) {
      return "-";
    }
    if (seconds < 10) {
      return String.format(Locale.ROOT, "%.1fs", seconds);
    }
    long whole = Math.round(seconds);
    if (whole < 120) {
      return whole + "s";
    }
    if (whole < 7200) {
      return whole / 60 + "min";
    }
    return whole < 172_800 ? whole / 3600 + "h" : whole / 86_400 + "d";
  }

  /** Bytes in the largest unit that fits. */
  static String bytes(double bytes) {
    int unit = 0;
    double value = bytes;
    while (value >= 1024 && unit < BINARY.length - 1) {
      value /= 1024;
      unit++;
    }
    String format = unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s";
    return String.format(Locale.ROOT, format, value, BINARY[unit]);
  }

  /** A figure of a finding, with its unit. */
  static String figure(Now.Figure figure) {
    double value = figure.value();
    return switch (figure.unit()) {
      case "per_second" -> String.format(Locale.ROOT, value < 10 ? "%.1f/s" : "%.0f/s", value);
      case "seconds" -> duration(value);
      case "ratio" -> percent(value);
      case "bytes" -> bytes(value);
      default ->
          value == Math.rint(value)
              ? String.format(Locale.ROOT, "%.0f", value)
              : String.format(Locale.ROOT, "%.1f", value);
    };
  }

  /** An address and port, in brackets if it has colons. */
  static String endpoint(String address, String port) {
    return (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
  }

  /** A network namespace: the pod's name if it is one's; empty for the own one. */
  static String namespace(String netns, String namespace, String pod) {
    return pod.isEmpty() ? netns : namespace + "/" + pod;
  }

  /** A unit or container with its pod. */
  static String owner(String unit, String container, String namespace, String pod) {
    String in = pod.isEmpty() ? "" : namespace + "/" + pod;
    String name = container.isEmpty() ? unit : container;
    return Stream.of(in, name).filter(part -> !part.isEmpty()).collect(Collectors.joining("/"));
  }

  /** A moment as a clock on the wall shows it, and how long ago that is. */
  static String since(Instant when, Instant now) {
    Duration ago = Duration.between(when, now);
    String pattern = ago.compareTo(Duration.ofHours(20)) < 0 ? "HH:mm:ss" : "yyyy-MM-dd HH:mm";
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT)
            .withZone(ZoneId.systemDefault())
            .format(when)
        + " ("
        + duration(Math.max(0, ago.toMillis() / 1e3))
        + ")";
  }

  /** One of something, or several. */
  static String number(long count, String one) {
    return count + " " + one + (count == 1 ? "" : "s");
  }
}
