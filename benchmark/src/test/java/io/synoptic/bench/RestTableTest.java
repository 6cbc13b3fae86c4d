package io.synoptic.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RestTableTest {
  private final List<Turn> turns =
      List.of(
          turn(1, Watcher.SAMPLER, 1, 75, 30, 0, new Polled(100, 50_000_000)),
          turn(1, Watcher.BARE, 1, 10, 15, 0, new Polled(40, 5_000_000)),
          turn(20, Watcher.SAMPLER, 1, 150, 60, 27_000, new Polled(100, 90_000_000)),
          turn(20, Watcher.NODE_EXPORTER, 1, 15, 30, 9_000, Polled.NEVER),
          turn(20, Watcher.SAMPLER, 2, 180, 90, 27_000, new Polled(100, 90_000_000)),
          turn(20, Watcher.NODE_EXPORTER, 2, 30, 30, 9_000, Polled.NEVER));

  private static Turn turn(
      int listeners,
      Watcher watcher,
      int round,
      long cpuMillis,
      long wakeUps,
      int bytes,
      Polled polled) {
    Memory memory = new Memory(65_536, 61_440);
    return new Turn(
        listeners,
        watcher,
        round,
        30,
        cpuMillis * 1_000_000,
        wakeUps,
        memory,
        bytes,
        bytes / 9,
        polled);
  }

  @Test
  void comparesWithNodeExporterInTheSameRound() {
    assertThat(RestTable.of(turns).get(0).markdown())
        .contains("The everyday host: median (least–most) of 2 rounds of 30 s")
        .contains(
            "| Synoptic | 19.8 (18.0–21.6) | 0.55 (0.50–0.60) | 8.00 (6.00–10.0)"
                + " | 64.0 (64.0–64.0) | 60.0 (60.0–60.0) | 2.50 (2.00–3.00) | 27,000 | 3,000 |\n");
  }

  @Test
  void namesWhatIsMissing() {
    assertThat(RestTable.of(turns).get(0).text()).containsPattern("OSHI +missing");
  }

  @Test
  void comparesAPollWithABareDumpOfAsManyListeners() {
    assertThat(RestTable.of(turns).get(1).markdown())
        .contains("Synoptic by the number of listeners: median (least–most) of 1 rounds")
        .contains(
            "| 1 | 9.00 (9.00–9.00) | 0.25 (0.25–0.25) | 64.0 (64.0–64.0) | 60.0 (60.0–60.0)"
                + " | 1.00 (1.00–1.00) | 0.50 (0.50–0.50) | 0.13 (0.13–0.13) | 4.00 (4.00–4.00) |\n")
        .contains("| 0.90 (0.90–0.90) | – | – |\n");
  }

  @Test
  void aTurnSurvivesTheFile() {
    assertThat(turns).allMatch(turn -> Turn.parse(turn.csv()).equals(turn));
  }
}
