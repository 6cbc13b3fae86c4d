package io.synoptic.agent;

import io.synoptic.Collector;
import io.synoptic.NetworkNamespace;
import io.synoptic.ScanReport;
import io.synoptic.catalogue.MetricFamily;
import io.synoptic.catalogue.MetricFamily.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** Families of the catalogue: one report in, all their rows out. */
final class CatalogueCollector implements ReportCollector {
  /** A label that says of which network namespace a row is. */
  private record NamespaceLabel(String name, Function<NetworkNamespace, String> value) {}

  /**
   * Every data family has all three, empty for the agent's own namespace; but an owner's namespace
   * and pod are its own.
   */
  private static final List<NamespaceLabel> NAMESPACE_LABELS =
      List.of(
          new NamespaceLabel("netns", NetworkNamespace::netns),
          new NamespaceLabel("namespace", NetworkNamespace::namespace),
          new NamespaceLabel("pod", NetworkNamespace::pod));

  /**
   * A family, and what it is written as.
   *
   * @param common labels before the family's own
   */
  private record Written(MetricFamily family, FamilyText text, List<NamespaceLabel> common) {
    static Written of(MetricFamily family) {
      List<NamespaceLabel> common =
          NAMESPACE_LABELS.stream()
              .filter(label -> family.isData() && !family.labels().contains(label.name))
              .toList();
      List<String> labels =
          Stream.concat(common.stream().map(NamespaceLabel::name), family.labels().stream())
              .toList();
      FamilyText text =
          new FamilyText(
              type(family.kind()),
              name(family),
              family.unit(),
              family.help(),
              labels,
              family.bounds());
      return new Written(family, text, common);
    }

    void read(ScanReport report, FamilyRows rows) {
      family.rows().read(report, new RowSink(common, rows));
    }
  }

  /**
   * Adds rows.
   *
   * @param common labels before the family's own
   */
  private record RowSink(List<NamespaceLabel> common, FamilyRows rows)
      implements MetricFamily.Sink {
    @Override
    public void row(NetworkNamespace netns, long count, double value, String... labels) {
      rows.add(count, value);
      label(netns, labels);
    }

    @Override
    public void histogram(NetworkNamespace netns, long[] cells, double sum, String... labels) {
      rows.add(cells, sum);
      label(netns, labels);
    }

    private void label(NetworkNamespace netns, String... labels) {
      for (int i = 0; i < common.size(); i++) { // without an iterator for each row
        rows.label(common.get(i).value.apply(netns));
      }
      for (String label : labels) {
        rows.label(label);
      }
    }
  }

  private final List<Written> all;

  CatalogueCollector(List<MetricFamily> families) {
    all = families.stream().map(Written::of).toList();
  }

  @Override
  public List<Family> families(ScanReport report, Set<Collector> fresh) {
    List<Family> families = new ArrayList<>(all.size());
    for (Written written : all) {
      if (!written.family.isData() || fresh.contains(written.family.collector())) {
        families.add(new Family(written.text, rows -> written.read(report, rows)));
      }
    }
    return families;
  }

  private static FamilyText.Type type(Kind kind) {
    return switch (kind) {
      case GAUGE -> FamilyText.Type.GAUGE;
      case COUNTER -> FamilyText.Type.COUNTER;
      case INFO -> FamilyText.Type.INFO;
      case SUMMARY -> FamilyText.Type.SUMMARY;
      case HISTOGRAM -> FamilyText.Type.HISTOGRAM;
    };
  }

  /** Without what the type adds. */
  private static String name(MetricFamily family) {
    String name = family.prometheusName();
    return family.kind() == Kind.COUNTER || family.kind() == Kind.INFO
        ? name.substring(0, name.lastIndexOf('_'))
        : name;
  }
}
