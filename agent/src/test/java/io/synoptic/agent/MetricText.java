package io.synoptic.agent;

import java.util.Map;
import java.util.TreeMap;

/** A scrape in Prometheus' text format, taken apart. */
final class MetricText {
  private MetricText() {}

  /** Samples whose names begin with {@code prefix}: name with labels, and value. */
  static Map<String, Double> samples(String text, String prefix) {
    Map<String, Double> samples = new TreeMap<>();
    text.lines()
        .filter(line -> line.startsWith(prefix))
        .forEach(
            line -> {
              int end = line.lastIndexOf(' ');
              samples.put(line.substring(0, end), Double.valueOf(line.substring(end + 1)));
            });
    return samples;
  }

  /** HELP and TYPE of metrics whose names begin with {@code prefix}, by kind of line and name. */
  static Map<String, String> descriptions(String text, String prefix) {
    Map<String, String> descriptions = new TreeMap<>();
    text.lines()
        .filter(line -> line.startsWith("# HELP " + prefix) || line.startsWith("# TYPE " + prefix))
        .forEach(
            line -> {
              int end = line.indexOf(' ', "# HELP ".length());
              descriptions.put(line.substring(2, end), line.substring(end + 1));
            });
    return descriptions;
  }
}
