package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TrendTest {
  private static Trend.Line of(double perHour, double noise) {
    Random random = new Random(7);
    Trend trend = new Trend();
    for (int i = 0; i < 360; i++) {
      trend.add(50 + perHour * i / 360 + noise * random.nextGaussian(), i / 360.0);
    }
    return trend.line();
  }

  @Test
  void aStraightLineHasItsSlopeAndNoNoise() {
    Trend.Line line = of(6, 0);

    assertThat(line.perHour()).isBetween(5.999, 6.001);
    assertThat(line.noise()).isLessThan(0.001);
    assertThat(line.isFlat(1)).isFalse();
  }

  @Test
  void whatIsLostInNoiseIsFlat() {
    assertThat(of(0, 2).isFlat(0)).isTrue();
    assertThat(of(6, 2).isFlat(0)).isFalse();
  }
}
