package io.synoptic.agent;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusProtobufWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.NativeHistogramBuckets;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import io.synoptic.NetworkNamespace;
import io.synoptic.ScanReport;
import io.synoptic.agent.Exposition.Format;
import io.synoptic.catalogue.MetricFamily;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/** What the Prometheus client's own writers make of the same rows: the referee. */
final class ReferenceText {
  private static final List<String> NAMESPACE_LABELS = List.of("netns", "namespace", "pod");

  private ReferenceText() {}

  static ExpositionFormatWriter writer(Format format) {
    return switch (format) {
      case TEXT -> PrometheusTextFormatWriter.create();
      case OPEN_METRICS -> OpenMetricsTextFormatWriter.create();
      case PROTOBUF -> new PrometheusProtobufWriter();
    };
  }

  static byte[] of(MetricSnapshots snapshots, Format format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer(format)
        .write(
            out, new MetricSnapshots(snapshots.stream().map(ReferenceText::withoutTimes).toList()));
    return out.toByteArray();
  }

  /** When a counter was made is in no text; we leave it out of protobuf, too. */
  private static MetricSnapshot withoutTimes(MetricSnapshot snapshot) {
    if (!(snapshot instanceof CounterSnapshot counter)) {
      return snapshot;
    }
    return new CounterSnapshot(
        counter.getMetadata(),
        counter.getDataPoints().stream()
            .map(
                point ->
                    CounterSnapshot.CounterDataPointSnapshot.builder()
                        .value(point.getValue())
                        .labels(point.getLabels())
                        .build())
            .toList());
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
      case HISTOGRAM -> {
        HistogramSnapshot.Builder histogram = HistogramSnapshot.builder();
        read(
            family,
            report,
            (labels, row) ->
                histogram.dataPoint(point(family.bounds(), row).labels(labels).build()));
        yield described(histogram, family);
      }
    };
  }

  private static HistogramSnapshot.HistogramDataPointSnapshot.Builder point(
      MetricFamily.Bounds bounds, Row row) {
    HistogramSnapshot.HistogramDataPointSnapshot.Builder point =
        HistogramSnapshot.HistogramDataPointSnapshot.builder().sum(row.value);
    double[] upTo =
        DoubleStream.concat(
                bounds.classic().stream().mapToDouble(bound -> bound),
                DoubleStream.of(Double.POSITIVE_INFINITY))
            .toArray();
    point.classicHistogramBuckets(
        ClassicHistogramBuckets.of(upTo, sums(bounds.classic(), bounds, row.cells)));
    if (!bounds.powers().isEmpty()) {
      long[] sums = sums(bounds.powers(), bounds, row.cells);
      NativeHistogramBuckets.Builder buckets = NativeHistogramBuckets.builder();
      for (int i = 1; i < sums.length; i++) {
        if (sums[i] > 0) {
          buckets.bucket(Math.getExponent(bounds.powers().get(0)) + i, sums[i]);
        }
      }
      point
          .nativeSchema(0)
          .nativeZeroThreshold(bounds.powers().get(0))
          .nativeZeroCount(sums[0])
          .nativeBucketsForPositiveValues(buckets.build());
    }
    return point;
  }

  /** Those up to each of some bounds, and the rest. */
  private static long[] sums(List<Double> some, MetricFamily.Bounds bounds, List<Long> cells) {
    long[] sums = new long[some.size() + 1];
    for (int cell = 0; cell < cells.size(); cell++) {
      double bound =
          cell < bounds.cells().size() ? bounds.cells().get(cell) : Double.POSITIVE_INFINITY;
      sums[(int) some.stream().filter(upTo -> upTo < bound).count()] += cells.get(cell);
    }
    return sums;
  }

  private record Row(long count, double value, List<Long> cells) {}

  /** Passes on a family's rows with the labels that they have in the agent. */
  private record Points(MetricFamily family, BiConsumer<Labels, Row> points)
      implements MetricFamily.Sink {
    @Override
    public void row(NetworkNamespace netns, long count, double value, String... values) {
      points.accept(labels(family, netns, values), new Row(count, value, List.of()));
    }

    @Override
    public void histogram(NetworkNamespace netns, long[] cells, double sum, String... values) {
      points.accept(
          labels(family, netns, values), new Row(0, sum, LongStream.of(cells).boxed().toList()));
    }
  }

  private static void read(MetricFamily family, ScanReport report, BiConsumer<Labels, Row> points) {
    family.rows().read(report, new Points(family, points));
  }

  private static Labels labels(MetricFamily family, NetworkNamespace netns, String... values) {
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
    return labels.build();
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
