package io.synoptic.catalogue;

import io.synoptic.Collector;
import io.synoptic.KernelCounter;
import io.synoptic.NamespaceCounters;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One value of {@link NamespaceCounters} as a metric.
 *
 * @param kind a counter or a gauge
 * @param name dotted, behind {@code synoptic.tcp.}
 * @param unit as in {@link MetricFamily}
 * @param value what {@link NamespaceCounters} has
 * @param meaning the help text, without the kernel's name and the full stop
 * @param container the name of the counter that has these events among its own; null for none
 */
record CounterFamily(
    MetricFamily.Kind kind,
    String name,
    String unit,
    KernelCounter value,
    String meaning,
    @Nullable String container) {

  static CounterFamily counter(String name, KernelCounter value, String meaning) {
    return new CounterFamily(MetricFamily.Kind.COUNTER, name, "", value, meaning, null);
  }

  static CounterFamily gauge(String name, String unit, KernelCounter value, String meaning) {
    return new CounterFamily(MetricFamily.Kind.GAUGE, name, unit, value, meaning, null);
  }

  /** The same, with the name of the counter that counts these events too. */
  CounterFamily partOf(String containing) {
    return new CounterFamily(kind, name, unit, value, meaning, containing);
  }

  /** The family. */
  MetricFamily family() {
    String help = meaning + " (" + value.kernelName() + ")";
    if (container != null) {
      String containing = counter(container, value, "").family().prometheusName();
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
            report
                .namespaces()
                .forEach(
                    namespace ->
                        namespace
                            .counters()
                            .ifPresent(
                                counters ->
                                    counters
                                        .value(value)
                                        .ifPresent(known -> sink.row(namespace.name(), known)))));
  }
}
