package io.synoptic;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;

/**
 * How scans keep within their share of a core: where one costs more than the requests leave time
 * for, there are fewer, and the last figures stay meanwhile.
 *
 * @param coreShare how much of a core scans may take, above 0
 * @param cpuSeconds what they have taken since the start
 * @param postponedScans that were requested and did not start, since the start
 * @param isExceeded whether one was postponed lately, within ten minutes
 * @param interval how far apart scans are on average while some are postponed: what the last ones
 *     cost, divided by the share; zero while none is
 * @param pause for how long after the last scan none starts
 */
public record ScanBudget(
    double coreShare,
    double cpuSeconds,
    long postponedScans,
    boolean isExceeded,
    Duration interval,
    Duration pause) {
  /** The share as people write it, without a fraction that is 0: {@code 5}. */
  public String percent() {
    return BigDecimal.valueOf(coreShare)
        .movePointRight(2)
        .setScale(3, RoundingMode.HALF_UP)
        .stripTrailingZeros()
        .toPlainString();
  }
}
