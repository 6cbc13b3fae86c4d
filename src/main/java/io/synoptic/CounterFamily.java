package io.synoptic;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * One value of {@link NamespaceCounters} as a metric.
 *
 * @param kind a counter or a gauge
 * @param name dotted, behind {@code synoptic.tcp.}
 * @param unit as in {@link MetricFamily}
 * @param kernelName as {@link NamespaceCounters#value} knows it
 * @param meaning the help text, without the kernel's name and the full stop
 * @param container the name of the counter that has these events among its own; null for none
 */
record CounterFamily(
    MetricFamily.Kind kind,
    String name,
    String unit,
    String kernelName,
    String meaning,
    String container) {

  static CounterFamily counter(String name, String kernelName, String meaning) {
    return new CounterFamily(MetricFamily.Kind.COUNTER, name, "", kernelName, meaning, null);
  }

  static CounterFamily gauge(String name, String unit, String kernelName, String meaning) {
    return new CounterFamily(MetricFamily.Kind.GAUGE, name, unit, kernelName, meaning, null);
  }

  /** The same, with the name of the counter that counts these events too. */
  CounterFamily partOf(String containing) {
    return new CounterFamily(kind, name, unit, kernelName, meaning, containing);
  }

  /**
   * The family.
   *
   * @param counters where a report has the values
   */
  MetricFamily family(Function<ScanReport, Map<NetworkNamespace, NamespaceCounters>> counters) {
    String help = meaning + " (" + kernelName + ")";
    if (container != null) {
      String containing = counter(container, "", "").family(counters).prometheusName();
      help += "; part of " + containing + ", do not add";
    }
    return new MetricFamily(
        "synoptic.tcp." + name,
        kind,
        unit,
        help + ".",
        List.of(),
        Collector.COUNTERS,
        (report, sink) ->
            counters
                .apply(report)
                .forEach(
                    (netns, values) ->
                        values.value(kernelName).ifPresent(value -> sink.row(netns, value))));
  }
}
