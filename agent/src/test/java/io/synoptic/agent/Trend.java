package io.synoptic.agent;

import java.util.ArrayList;
import java.util.List;

/** A figure over time, and whether it grows. */
final class Trend {
  private final List<Double> values = new ArrayList<>();
  private final List<Double> hours = new ArrayList<>();

  void add(double value, double atHours) {
    values.add(value);
    hours.add(atHours);
  }

  /**
   * A straight line through what comes after the first quarter, when an agent is warm.
   *
   * @param perHour its slope
   * @param noise of the slope: three standard errors, as if each four samples were one
   */
  record Line(double mean, double perHour, double noise) {
    /** Whether it is flat, but for noise and what is too little to matter. */
    boolean isFlat(double negligiblePerHour) {
      return perHour <= noise || perHour <= negligiblePerHour;
    }

    @Override
    public String toString() {
      return "%.1f, %+.2f an hour, noise %.2f".formatted(mean, perHour, noise);
    }
  }

  Line line() {
    int from = values.size() / 4;
    List<Double> y = values.subList(from, values.size());
    List<Double> x = hours.subList(from, hours.size());
    double meanX = mean(x);
    double meanY = mean(y);
    double ofBoth = 0;
    double ofX = 0;
    for (int i = 0; i < y.size(); i++) {
      ofBoth += (x.get(i) - meanX) * (y.get(i) - meanY);
      ofX += (x.get(i) - meanX) * (x.get(i) - meanX);
    }
    double slope = ofBoth / ofX;
    double rest = 0;
    for (int i = 0; i < y.size(); i++) {
      double off = y.get(i) - meanY - slope * (x.get(i) - meanX);
      rest += off * off;
    }
    double error = Math.sqrt(rest / Math.max(1, y.size() - 2) / ofX);
    return new Line(meanY, slope, 3 * 2 * error);
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }
}
