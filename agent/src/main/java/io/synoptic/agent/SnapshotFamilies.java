package io.synoptic.agent;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import io.synoptic.agent.ReportCollector.Family;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The Prometheus client's snapshots as families: gauges, counters and what is untyped. What does
 * not change of them is remembered. Not for use by several threads.
 */
final class SnapshotFamilies {
  /** A family's text, and what it was made of. */
  private record Known(FamilyText text, MetricMetadata metadata, Labels labels) {
    boolean isOf(MetricSnapshot snapshot) {
      MetricMetadata now = snapshot.getMetadata();
      return text.type() == type(snapshot)
          && Objects.equals(metadata.getHelp(), now.getHelp())
          && Objects.equals(metadata.getUnit(), now.getUnit())
          && labels.hasSameNames(firstLabels(snapshot));
    }
  }

  private final Map<String, Known> known = new HashMap<>();

  List<Family> of(MetricSnapshots snapshots) {
    List<Family> families = new ArrayList<>(snapshots.size());
    for (MetricSnapshot snapshot : snapshots) {
      if (!snapshot.getDataPoints().isEmpty()) {
        families.add(family(snapshot));
      }
    }
    return families;
  }

  private Family family(MetricSnapshot snapshot) {
    String name = snapshot.getMetadata().getPrometheusName();
    Known before = known.get(name);
    if (before == null || !before.isOf(snapshot)) {
      before = new Known(text(snapshot), snapshot.getMetadata(), firstLabels(snapshot));
      known.put(name, before);
    }
    Labels labels = before.labels;
    return new Family(before.text, rows -> read(snapshot, labels, rows));
  }

  private static Labels firstLabels(MetricSnapshot snapshot) {
    return snapshot.getDataPoints().get(0).getLabels();
  }

  private static FamilyText text(MetricSnapshot snapshot) {
    Labels labels = firstLabels(snapshot);
    List<String> names = new ArrayList<>(labels.size());
    for (int i = 0; i < labels.size(); i++) {
      names.add(labels.getPrometheusName(i));
    }
    MetricMetadata metadata = snapshot.getMetadata();
    return new FamilyText(
        type(snapshot),
        metadata.getPrometheusName(),
        Objects.toString(metadata.getUnit(), ""),
        Objects.toString(metadata.getHelp(), ""),
        names);
  }

  private static FamilyText.Type type(MetricSnapshot snapshot) {
    if (snapshot instanceof GaugeSnapshot) {
      return FamilyText.Type.GAUGE;
    }
    if (snapshot instanceof CounterSnapshot) {
      return FamilyText.Type.COUNTER;
    }
    if (snapshot instanceof UnknownSnapshot) {
      return FamilyText.Type.UNKNOWN;
    }
    throw unexpected(snapshot);
  }

  private static void read(MetricSnapshot snapshot, Labels first, FamilyRows rows) {
    for (DataPointSnapshot point : snapshot.getDataPoints()) {
      Labels labels = point.getLabels();
      if (!labels.hasSameNames(first)) {
        throw unexpected(snapshot);
      }
      rows.add(0, value(point));
      for (int i = 0; i < labels.size(); i++) {
        rows.label(labels.getValue(i));
      }
    }
  }

  private static double value(DataPointSnapshot point) {
    if (point instanceof GaugeDataPointSnapshot gauge) {
      return gauge.getValue();
    }
    return point instanceof CounterDataPointSnapshot counter
        ? counter.getValue()
        : ((UnknownDataPointSnapshot) point).getValue();
  }

  private static IllegalStateException unexpected(MetricSnapshot snapshot) {
    return new IllegalStateException(
        snapshot.getMetadata().getName() + ": not a metric of the agent's: " + snapshot);
  }
}
