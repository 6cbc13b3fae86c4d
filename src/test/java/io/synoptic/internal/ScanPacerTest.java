package io.synoptic.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScanPacerTest {
  private long now;
  private long cpu;

  private final ScanPacer pacer = new ScanPacer(0.05, () -> now, () -> cpu);

  /** A scan if it is admitted. */
  private boolean scan(long cpuMillis) {
    if (!pacer.admits()) {
      return false;
    }
    pacer.begin();
    cpu += TimeUnit.MILLISECONDS.toNanos(cpuMillis);
    pacer.end();
    return true;
  }

  private void pass(double seconds) {
    now += (long) (seconds * 1e9);
  }

  @Test
  void scansOfAnEverydayHostAreNeverPostponed() {
    for (int i = 0; i < 10_000; i++) {
      assertThat(scan(5)).isTrue();
      pass(1);
    }
    assertThat(pacer.state().postponedScans()).isZero();
    assertThat(pacer.state().interval()).isZero();
    assertThat(pacer.state().cpuSeconds()).isEqualTo(50);
  }

  @Test
  void aBurstTakesWhatAMinuteHasLeft() {
    int scans = 0;
    while (scan(100)) {
      scans++;
    }
    assertThat(scans).isEqualTo(30);

    pass(60);
    for (scans = 0; scan(100); ) {
      scans++;
    }
    assertThat(scans).isEqualTo(30);
  }

  /** A million sockets, ten million, a scan that times out, and what is little too much. */
  @ParameterizedTest
  @CsvSource({"1000,15", "1000,5", "10000,15", "60000,15", "800,15", "300,1"})
  void overADayScansTakeTheirShare(long cpuMillis, double requestedEach) {
    long start = now;
    while (now - start < TimeUnit.DAYS.toNanos(1)) {
      scan(cpuMillis);
      pass(requestedEach);
    }
    double share = (double) cpu / (now - start);

    assertThat(share).isBetween(0.0495, 0.05 + (3 + cpuMillis / 1e3) / 86_400);
    assertThat(pacer.state().isExceeded()).isTrue();
    assertThat(pacer.state().interval()).hasMillis(20 * cpuMillis);
  }

  @Test
  void aVerySlowScanIsFollowedByALongPause() {
    scan(10_000);

    assertThat(pacer.state().pause()).hasSeconds(140);
    pass(139);
    assertThat(scan(10_000)).isFalse();
    pass(1.001);
    assertThat(scan(10_000)).isTrue();
    assertThat(pacer.state().pause().toSeconds()).isEqualTo(199);
  }

  @Test
  void theFirstScanIsAlwaysAdmitted() {
    assertThat(pacer.admits()).isTrue();
  }

  @Test
  void afterTenMinutesWithoutAPostponedScanItIsOver() {
    scan(4000);
    assertThat(scan(4000)).isFalse();

    pass(599);
    assertThat(scan(1)).isTrue();
    assertThat(pacer.state().isExceeded()).isTrue();

    pass(2);
    assertThat(scan(1)).isTrue();
    assertThat(pacer.state().isExceeded()).isFalse();
    assertThat(pacer.state().interval()).isZero();
    assertThat(pacer.state().postponedScans()).isEqualTo(1);
  }

  /** What the thread does between scans is not theirs. */
  @Test
  void onlyTheTimeOfScansCounts() {
    scan(1);
    cpu += TimeUnit.HOURS.toNanos(1);
    scan(1);

    assertThat(pacer.state().cpuSeconds()).isEqualTo(0.002);
  }
}
