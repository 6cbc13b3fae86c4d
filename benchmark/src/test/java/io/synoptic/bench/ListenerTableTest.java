package io.synoptic.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ListenerTableTest {
  private final Polls few =
      new Polls(1000, 1, 1, 20.0, 80, 40_000_000, 70_000_000, 10_000_000, 20.0, 250_000);
  private final Polls many =
      new Polls(1000, 20_000, 1, 20.0, 8, 160_000_000, 200_000_000, 40_000_000, 5.0, 10_000_000);

  @Test
  void tellsAPollsCostAndWhatTheOthersSpendOnIt() {
    assertThat(ListenerTable.of(List.of(many, few)).orElseThrow().markdown())
        .contains(
            "| 1 | 80 | 0.50 (0.50–0.50) | 0.75 (0.75–0.75) | 0.30 (0.30–0.30)"
                + " | 100 (100–100) | 0.25 (0.25–0.25) | 2.00 (2.00–2.00) |\n"
                + "| 20,000 | 8 | 20.0 (20.0–20.0) | 20.0 (20.0–20.0) | 0.80 (0.80–0.80)"
                + " | 25.0 (25.0–25.0) | 10.0 (10.0–10.0) | 2.00 (2.00–2.00) |\n");
  }

  @Test
  void aLineSurvivesTheFile() {
    assertThat(Polls.parse(few.csv())).isEqualTo(few);
  }
}
