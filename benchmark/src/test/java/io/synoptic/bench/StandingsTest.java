package io.synoptic.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class StandingsTest {
  private final Standings standings =
      new Standings(
          List.of(
              reading(1000, 1, Entrant.BARE, 1, 1),
              reading(1000, 1, Entrant.SOCK_DIAG, 1, 60),
              reading(1_000_000, 1, Entrant.BARE, 1000, 1),
              reading(1_000_000, 1, Entrant.SOCK_DIAG, 1100, 61),
              reading(1_000_000, 2, Entrant.BARE, 2000, 1),
              reading(1_000_000, 2, Entrant.SOCK_DIAG, 2400, 61)));

  private static Reading reading(
      int sockets, int round, Entrant entrant, double cpuMillis, int peakMib) {
    return new Reading(
        sockets, round, entrant, 1, new Contestant.Cost(cpuMillis, cpuMillis, peakMib * 1024L));
  }

  @Test
  void comparesWithTheBareDumpOfTheSameRound() {
    assertThat(standings.ratios(Entrant.SOCK_DIAG, 1_000_000))
        .isEqualTo(Spread.of(DoubleStream.of(1.1, 1.2)));
  }

  @Test
  void namesWhatIsMissing() {
    assertThat(standings.tables().get(1).text())
        .containsPattern("OSHI +missing")
        .containsPattern("Synoptic, sock_diag +1,750 \\(1,100–2,400\\) .* \\+1\\.0\n");
  }

  @Test
  void chartsTheLargestSize() {
    assertThat(new Chart(standings).svg())
        .contains("1,000,000 sockets", "Synoptic, sock_diag", "1.75 s · 1.15×")
        .doesNotContain("OSHI");
  }

  @Test
  void aReadingSurvivesTheFile() {
    Reading reading = reading(1000, 3, Entrant.SS, 12.5, 7);
    assertThat(Reading.parse(reading.csv())).isEqualTo(reading);
  }

  @Test
  void medianOfAnEvenNumberLiesBetween() {
    assertThat(Spread.of(DoubleStream.of(4, 1, 3, 2))).hasToString("2.50 (1.00–4.00)");
  }
}
