package io.synoptic.agent.command;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Durations in Prometheus' spelling: {@code 250ms}, {@code 1s}, {@code 2m}, {@code 1h}, {@code 0};
 * each option has its bounds.
 */
public abstract class DurationConverter implements ITypeConverter<Duration> {
  private static final Pattern SPELLING = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

  private final Duration shortest;
  private final Duration longest;
  private final String advice;

  private DurationConverter(Duration shortest, Duration longest, String advice) {
    this.shortest = shortest;
    this.longest = longest;
    this.advice = advice;
  }

  /** How long figures may be shared; 0 is not at all. */
  public static final class Interval extends DurationConverter {
    Interval() {
      super(Duration.ZERO, Duration.ofHours(24), "write a duration from 0 to 24h, such as 1s");
    }
  }

  /** How long something may last. */
  public static final class Limit extends DurationConverter {
    Limit() {
      super(Duration.ofMillis(1), Duration.ofHours(24), "write a duration from 1ms to 24h");
    }
  }

  /** How often to push. */
  public static final class Push extends DurationConverter {
    Push() {
      super(
          Duration.ofSeconds(1),
          Duration.ofHours(1),
          "write a duration from 1s to 1h, such as 60s");
    }
  }

  /** How long to watch. */
  public static final class Watch extends DurationConverter {
    Watch() {
      super(
          Duration.ofSeconds(1),
          Duration.ofHours(1),
          "write a duration from 1s to 1h, such as 10s");
    }
  }

  /** How often to poll; what is a second apart or more says nothing of the time between. */
  public static final class Poll extends DurationConverter {
    Poll() {
      super(
          Duration.ofMillis(10),
          Duration.ofMillis(500),
          "write 0, which is never, or a duration from 10ms to 500ms");
    }

    @Override
    public Duration convert(String value) {
      return isZero(value) ? Duration.ZERO : super.convert(value);
    }
  }

  private static boolean isZero(String value) {
    return value.matches("0{1,9}(ms|s|m|h)?");
  }

  @Override
  public Duration convert(String value) {
    Matcher matcher = SPELLING.matcher(value.equals("0") ? "0s" : value);
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      Duration duration =
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
          };
      if (duration.compareTo(shortest) >= 0 && duration.compareTo(longest) <= 0) {
        return duration;
      }
    }
    throw new TypeConversionException(advice);
  }
}
