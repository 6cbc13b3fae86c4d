package io.synoptic.agent;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import io.synoptic.Collector;
import io.synoptic.NetworkNamespace;
import io.synoptic.ScanReport;
import io.synoptic.catalogue.MetricCatalogue;
import io.synoptic.catalogue.MetricFamily;
import io.synoptic.catalogue.MetricFamily.Kind;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The catalogue for the Prometheus client: one report in, all its families out. */
final class CatalogueCollector implements ReportCollector {
  /**
   * Every data family has all three, empty for the agent's own namespace; but an owner's namespace
   * and pod are its own.
   */
  private static final List<String> NAMESPACE_LABELS = List.of("netns", "namespace", "pod");

  @Override
  public List<Family> families(ScanReport report, Set<Collector> fresh) {
    return MetricCatalogue.families().stream()
        .filter(family -> !family.isData() || fresh.contains(family.collector()))
        .map(family -> new Family(name(family), () -> snapshot(family, report)))
        .toList();
  }

  private static MetricSnapshot snapshot(MetricFamily family, ScanReport report) {
    return switch (family.kind()) {
      case GAUGE -> {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder();
        read(family, report, (count, value, labels) -> gauge.dataPoint(point(value, labels)));
        yield described(gauge, family);
      }
      case COUNTER -> {
        CounterSnapshot.Builder counter = CounterSnapshot.builder();
        read(
            family,
            report,
            (count, value, labels) ->
                counter.dataPoint(
                    CounterSnapshot.CounterDataPointSnapshot.builder()
                        .value(value)
                        .labels(labels)
                        .build()));
        yield described(counter, family);
      }
      case INFO -> {
        InfoSnapshot.Builder info = InfoSnapshot.builder();
        read(
            family,
            report,
            (count, value, labels) ->
                info.dataPoint(
                    InfoSnapshot.InfoDataPointSnapshot.builder().labels(labels).build()));
        yield described(info, family);
      }
      case SUMMARY -> {
        SummarySnapshot.Builder summary = SummarySnapshot.builder();
        read(
            family,
            report,
            (count, value, labels) ->
                summary.dataPoint(
                    SummarySnapshot.SummaryDataPointSnapshot.builder()
                        .count(count)
                        .sum(value)
                        .labels(labels)
                        .build()));
        yield described(summary, family);
      }
    };
  }

  private static GaugeSnapshot.GaugeDataPointSnapshot point(double value, Labels labels) {
    return GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value).labels(labels).build();
  }

  /** Takes a row whose labels are the Prometheus client's. */
  private interface Sink {
    void row(long count, double value, Labels labels);
  }

  private static void read(MetricFamily family, ScanReport report, Sink sink) {
    List<String> common =
        family.isData()
            ? NAMESPACE_LABELS.stream().filter(name -> !family.labels().contains(name)).toList()
            : List.of();
    String[] names =
        Stream.concat(common.stream(), family.labels().stream()).toArray(String[]::new);
    family
        .rows()
        .read(
            report,
            (netns, count, value, labels) -> {
              String[] values = new String[names.length];
              for (int i = 0; i < common.size(); i++) {
                values[i] = label(netns, common.get(i));
              }
              System.arraycopy(labels, 0, values, common.size(), labels.length);
              sink.row(count, value, Labels.of(names, values));
            });
  }

  private static String label(NetworkNamespace netns, String name) {
    return switch (name) {
      case "netns" -> netns.netns();
      case "namespace" -> netns.namespace();
      case "pod" -> netns.pod();
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static MetricSnapshot described(MetricSnapshot.Builder<?> builder, MetricFamily family) {
    builder.name(name(family)).help(family.help());
    if (!family.unit().isEmpty()) {
      builder.unit(new Unit(family.unit()));
    }
    return builder.build();
  }

  /** As the Prometheus client wants it: the writer adds _total and _info. */
  private static String name(MetricFamily family) {
    String name = family.prometheusName();
    return family.kind() == Kind.COUNTER || family.kind() == Kind.INFO
        ? name.substring(0, name.lastIndexOf('_'))
        : name;
  }
}
