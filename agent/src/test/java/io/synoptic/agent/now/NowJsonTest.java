package io.synoptic.agent.now;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParseException;
import io.synoptic.Collector;
import io.synoptic.ScanReport;
import io.synoptic.findings.History;
import java.io.StringReader;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NowJsonTest {
  private static Now empty() {
    NowReader.Settings settings = new NowReader.Settings("a\"b", "own", true, Duration.ofHours(1));
    return new NowReader(new History(), settings)
        .read(ScanReport.empty(EnumSet.allOf(Collector.class)), 1);
  }

  private static String json(Now now) {
    StringBuilder text = new StringBuilder();
    NowJson.write(now, text);
    return text.toString();
  }

  @Test
  void whatIsWrittenIsRead() {
    Now now = empty();

    assertThat(NowJson.read(new StringReader(json(now)))).isEqualTo(now);
  }

  @Test
  void whatIsNotKnownIsNull() {
    assertThat(json(empty()))
        .contains(
            "\"status\":\"unknown\"", "\"taken_at\":null", "\"states\":null", "\"listeners\":null");
  }

  @Test
  void numbersAreAsShortAsTheyAre() {
    Now.Finding finding =
        new Now.Finding(
            "k",
            "warning",
            new Now.Subject("host", "", "", "", "", "", "", "", ""),
            Instant.parse("2026-01-02T03:04:05.678901Z"),
            "s",
            List.of(new Now.Figure("a", 3, "count", ""), new Now.Figure("b", 0.25, "ratio", "")),
            "m",
            List.of(),
            "",
            "");
    Now empty = empty();
    String json =
        json(
            new Now(
                1,
                empty.agent(),
                empty.scan(),
                "warning",
                List.of(finding),
                List.of(),
                List.of(),
                null));

    assertThat(json)
        .contains("\"value\":3,", "\"value\":0.25,", "\"since\":\"2026-01-02T03:04:05.678Z\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[]", "{\"schema\":2}", "<html>", "{\"schema\":1"})
  void anotherTextIsRefused(String text) {
    assertThatThrownBy(() -> NowJson.read(new StringReader(text)))
        .isInstanceOf(JsonParseException.class);
  }
}
