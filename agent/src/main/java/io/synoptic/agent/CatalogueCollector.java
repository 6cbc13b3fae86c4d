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
   * @param others whether namespaces other than the agent's own have series
   */
  private record Written(
      MetricFamily family, FamilyText text, List<NamespaceLabel> common, boolean others) {
    static Written of(MetricFamily family, boolean others) {
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
      return new Written(family, text, common, others);
    }

    void read(ScanReport report, FamilyRows rows) {
      family.rows().read(report, new RowSink(common, others, rows));
    }
  }

  /**
   * Adds rows.
   *
   * @param common labels before the family's own
   * @param others whether rows of namespaces other than the agent's own are added
   */
  private record RowSink(List<NamespaceLabel> common, boolean others, FamilyRows rows)
      implements MetricFamily.Sink {
    @Override
    public void row(NetworkNamespace netns, long count, double value, String... labels) {
      if (shows(netns)) {
        rows.add(count, value);
        label(netns, labels);
      }
    }

    @Override
    public void histogram(NetworkNamespace netns, long[] cells, double sum, String... labels) {
      if (shows(netns)) {
        rows.add(cells, sum);
        label(netns, labels);
      }
    }

    private boolean shows(NetworkNamespace netns) {
      return others || netns.equals(NetworkNamespace.OWN);
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

  /** Families with every row. */
  CatalogueCollector(List<MetricFamily> families) {
    this(families, NetnsDetail.all);
  }

  /** Families, of which namespaces other than the agent's own have those of this detail. */
  CatalogueCollector(List<MetricFamily> families, NetnsDetail detail) {
    all = families.stream().map(family -> Written.of(family, detail.shows(family.name()))).toList();
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
