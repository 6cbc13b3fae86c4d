package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SupervisionTest {
  @Test
  void theWatchdogsIntervalIsInMicroseconds() {
    assertThat(Supervision.watched(Map.of("WATCHDOG_USEC", "1500000"), 7))
        .contains(Duration.ofMillis(1500));
    assertThat(Supervision.watched(Map.of("WATCHDOG_USEC", "1500000", "WATCHDOG_PID", "7"), 7))
        .contains(Duration.ofMillis(1500));
  }

  @Test
  void theWatchdogOfAnotherProcessIsNotFed() {
    assertThat(Supervision.watched(Map.of("WATCHDOG_USEC", "1500000", "WATCHDOG_PID", "8"), 7))
        .isEmpty();
    assertThat(Supervision.watched(Map.of(), 7)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "soon", "18446744073709551615", "1e6"})
  void whatIsNoIntervalIsNoWatchdog(String micros) {
    assertThat(Supervision.watched(Map.of("WATCHDOG_USEC", micros), 7)).isEmpty();
  }
}
