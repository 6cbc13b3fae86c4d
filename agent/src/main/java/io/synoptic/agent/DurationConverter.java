package io.synoptic.agent;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Durations in Prometheus' spelling: {@code 250ms}, {@code 1s}, {@code 2m}, {@code 1h}, {@code 0}.
 */
final class DurationConverter implements ITypeConverter<Duration> {
  private static final Pattern SPELLING = Pattern.compile("([0-9]{1,7})(ms|s|m|h)");

  @Override
  public Duration convert(String value) {
    if (value.equals("0")) {
      return Duration.ZERO;
    }
    Matcher matcher = SPELLING.matcher(value);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'" + value + "' is no duration: write for example 250ms, 1s or 2m");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      default -> Duration.ofHours(number);
    };
  }
}
