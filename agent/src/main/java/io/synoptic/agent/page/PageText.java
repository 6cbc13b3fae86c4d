package io.synoptic.agent.page;

import io.synoptic.agent.now.Now;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Figures, times and names as people read them; {@code format.js} has the same. */
final class PageText {
  /** What is not known. */
  static final String UNKNOWN = "–";

  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private PageText() {}

  /** As text of HTML, and as the value of an attribute. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  static String mark(String severity) {
    return switch (severity) {
      case "critical" -> "✖";
      case "warning" -> "▲";
      case "fine" -> "✓";
      default -> "?";
    };
  }

  static String words(String label) {
    return label.replace('_', ' ');
  }

  static String count(@Nullable Number value) {
    return value == null ? UNKNOWN : String.format(Locale.ROOT, "%,.0f", value.doubleValue());
  }

  static String percent(@Nullable Double ratio) {
    // Only what is full is 100 %.
    return ratio == null
        ? UNKNOWN
        : (ratio >= 1 ? 100 : Math.min(99, Math.round(ratio * 100))) + " %";
  }

  static String duration(double seconds) {
    long whole = (long) Math.max(0, seconds);
    if (whole < 1 && seconds > 0) {
      return Math.round(seconds * 1000) + " ms";
    }
    if (whole < 120) {
      return whole + " s";
    }
    if (whole < 7200) {
      return whole / 60 + " min";
    }
    return whole < 172_800 ? whole / 3600 + " h" : whole / 86_400 + " days";
  }

  private static String bytes(double value) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    int power = 0;
    double scaled = value;
    while (scaled >= 1024 && power < units.length - 1) {
      scaled /= 1024;
      power++;
    }
    String format = scaled < 10 && power > 0 ? "%.1f " : "%.0f ";
    return String.format(Locale.ROOT, format, scaled) + units[power];
  }

  static String figure(Now.Figure figure) {
    double value = figure.value();
    return switch (figure.unit()) {
      case "per_second" ->
          (value >= 10 || value == Math.rint(value)
                  ? count(value)
                  : String.format(Locale.ROOT, "%.1f", value))
              + "/s";
      case "seconds" -> duration(value);
      case "ratio" -> percent(value);
      case "bytes" -> bytes(value);
      default -> count(value);
    };
  }

  static String clock(Instant time) {
    return CLOCK.format(time);
  }

  /** When it began, and how long before the figures were read that was. */
  static String since(Instant began, @Nullable Instant read) {
    return clock(began)
        + (read == null ? "" : ", " + duration(Duration.between(began, read).toMillis() / 1e3));
  }

  static String endpoint(String address, String port) {
    return (address.indexOf(':') >= 0 ? '[' + address + ']' : address) + ':' + port;
  }

  static String place(String netns, String namespace, String pod) {
    if (!pod.isEmpty()) {
      return namespace + '/' + pod;
    }
    return netns.isEmpty() ? "own namespace" : netns;
  }

  /** Who listens or connects; a pod that the reader knows already is left out. */
  static String owner(String pod, String container, String unit, String process) {
    return Stream.of(pod, container, unit, process)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.joining(" · "));
  }

  static String subject(Now.Subject it) {
    return switch (it.kind()) {
      case "listener" -> endpoint(it.address(), it.port());
      case "owner" ->
          Stream.of(it.unit(), it.container(), it.process(), it.pod())
              .filter(name -> !name.isEmpty())
              .findFirst()
              .orElse("connections of an unknown owner");
      case "namespace" -> place(it.netns(), it.namespace(), it.pod());
      default -> "the host";
    };
  }
}
