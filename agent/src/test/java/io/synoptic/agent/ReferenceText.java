package io.synoptic.agent;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import io.synoptic.ScanReport;
import io.synoptic.agent.Exposition.Format;
import io.synoptic.catalogue.MetricFamily;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** What the Prometheus client's own writers make of the same rows: the referee. */
final class ReferenceText {
  private static final List<String> NAMESPACE_LABELS = List.of("netns", "namespace", "pod");

  private ReferenceText() {}

  static ExpositionFormatWriter writer(Format format) {
    return switch (format) {
      case TEXT -> PrometheusTextFormatWriter.create();
      case OPEN_METRICS -> OpenMetricsTextFormatWriter.create();
    };
  }

  static byte[] of(MetricSnapshots snapshots, Format format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer(format).write(out, snapshots);
    return out.toByteArray();
  }

  static byte[] of(List<MetricFamily> families, ScanReport report, Format format)
      throws IOException {
    return of(new MetricSnapshots(snapshots(families, report)), format);
  }

  static List<MetricSnapshot> snapshots(List<MetricFamily> families, ScanReport report) {
    List<MetricSnapshot> snapshots = new ArrayList<>();
    families.forEach(family -> snapshots.add(snapshot(family, report)));
    return snapshots;
  }

  private static MetricSnapshot snapshot(MetricFamily family, ScanReport report) {
    return switch (family.kind()) {
      case GAUGE -> {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder();
        read(
            family,
            report,
            (labels, row) ->
                gauge.dataPoint(
                    GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .value(row.value)
                        .labels(labels)
                        .build()));
        yield described(gauge, family);
      }
      case COUNTER -> {
        CounterSnapshot.Builder counter = CounterSnapshot.builder();
        read(
            family,
            report,
            (labels, row) ->
                counter.dataPoint(
                    CounterSnapshot.CounterDataPointSnapshot.builder()
                        .value(row.value)
                        .labels(labels)
                        .build()));
        yield described(counter, family);
      }
      case INFO -> {
        InfoSnapshot.Builder info = InfoSnapshot.builder();
        read(
            family,
            report,
            (labels, row) ->
                info.dataPoint(
                    InfoSnapshot.InfoDataPointSnapshot.builder().labels(labels).build()));
        yield described(info, family);
      }
      case SUMMARY -> {
        SummarySnapshot.Builder summary = SummarySnapshot.builder();
        read(
            family,
            report,
            (labels, row) ->
                summary.dataPoint(
                    SummarySnapshot.SummaryDataPointSnapshot.builder()
                        .count(row.count)
                        .sum(row.value)
                        .labels(labels)
                        .build()));
        yield described(summary, family);
      }
    };
  }

  private record Row(long count, double value) {}

  private static void read(MetricFamily family, ScanReport report, BiConsumer<Labels, Row> points) {
    family
        .rows()
        .read(
            report,
            (netns, count, value, values) -> {
              Labels.Builder labels = Labels.builder();
              for (String name : NAMESPACE_LABELS) {
                if (family.isData() && !family.labels().contains(name)) {
                  labels.label(
                      name,
                      switch (name) {
                        case "netns" -> netns.netns();
                        case "namespace" -> netns.namespace();
                        default -> netns.pod();
                      });
                }
              }
              for (int i = 0; i < values.length; i++) {
                labels.label(family.labels().get(i), values[i]);
              }
              points.accept(labels.build(), new Row(count, value));
            });
  }

  private static MetricSnapshot described(MetricSnapshot.Builder<?> builder, MetricFamily family) {
    String name = family.prometheusName().replaceFirst("(_total|_info)$", "");
    builder.name(name).help(family.help());
    if (!family.unit().isEmpty()) {
      builder.unit(new Unit(family.unit()));
    }
    return builder.build();
  }
}
