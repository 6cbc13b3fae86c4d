package io.synoptic.agent.text;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Moments; {@code format.js} has the same in the reader's time zone. */
public final class Times {
  private static final DateTimeFormatter TODAY = formatter("HH:mm:ss");
  private static final DateTimeFormatter ANOTHER_DAY = formatter("uuuu-MM-dd HH:mm:ss");

  private Times() {}

  private static DateTimeFormatter formatter(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT);
  }

  /** The time of day, with the date unless it is today's. */
  public static String clock(Instant when, Instant now, ZoneId zone) {
    boolean isToday = when.atZone(zone).toLocalDate().equals(now.atZone(zone).toLocalDate());
    return (isToday ? TODAY : ANOTHER_DAY).format(when.atZone(zone));
  }

  /** Date and time for readers whose time zone is not known. */
  public static String utc(Instant when) {
    return ANOTHER_DAY.format(when.atZone(ZoneOffset.UTC)) + " UTC";
  }

  /** When something began, and how long ago that is. */
  public static String since(Instant when, Instant now, ZoneId zone) {
    return clock(when, now, zone) + ", " + ago(when, now);
  }

  /** How long ago something was. */
  public static String ago(Instant when, Instant now) {
    return Figures.duration(Math.max(0, Duration.between(when, now).toMillis() / 1e3));
  }
}
