package io.synoptic.catalogue;

import io.synoptic.Collector;
import io.synoptic.NetworkNamespace;
import io.synoptic.ScanReport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One metric family of the catalogue.
 *
 * @param name dotted, without a unit: {@code synoptic.tcp.receive.queue}
 * @param kind what its values mean
 * @param unit {@code bytes}, {@code seconds}, or empty for a count
 * @param help one sentence, with the kernel's name where there is one
 * @param labels names of the labels, in the order of the values in each row
 * @param bounds of a histogram's buckets; {@link Bounds#NONE} for any other kind
 * @param collector whose figures the rows are, which are left out when they are too old; null for
 *     Synoptic's own health
 * @param rows yields the rows of a report
 */
public record MetricFamily(
    String name,
    Kind kind,
    String unit,
    String help,
    List<String> labels,
    Bounds bounds,
    @Nullable Collector collector,
    Rows rows) {

  /** A family that is no histogram. */
  public MetricFamily(
      String name,
      Kind kind,
      String unit,
      String help,
      List<String> labels,
      @Nullable Collector collector,
      Rows rows) {
    this(name, kind, unit, help, labels, Bounds.NONE, collector, rows);
  }

  /** What the values of a family mean. */
  public enum Kind {
    /** A level. */
    GAUGE,
    /** A total that only grows. */
    COUNTER,
    /** Always 1; the labels say it. */
    INFO,
    /** A count of observations and their sum. */
    SUMMARY,
    /** Observations by bucket, and their sum. */
    HISTOGRAM
  }

  /**
   * What a histogram's observations are counted in: cells, of which the buckets of both kinds of
   * histograms that Prometheus knows are sums. Each bound is the highest value that counts below
   * it, in the family's unit; the lowest comes first.
   *
   * @param cells of all cells but the last, which has none
   * @param classic those among them that are bounds of a classic histogram's buckets, as text has
   *     them
   * @param powers those among them that are powers of two without a gap: bounds of a native
   *     histogram's buckets (schema 0). None for no such histogram
   */
  public record Bounds(List<Double> cells, List<Double> classic, List<Double> powers) {
    /** Of what is no histogram. */
    public static final Bounds NONE = new Bounds(List.of(), List.of(), List.of());

    /** Copies the lists. */
    public Bounds {
      cells = List.copyOf(cells);
      classic = List.copyOf(classic);
      powers = List.copyOf(powers);
    }
  }

  /** Yields the rows of one family. */
  @FunctionalInterface
  public interface Rows {
    /** Passes each row of {@code report} to {@code sink}; none where the value is unknown. */
    void read(ScanReport report, Sink sink);
  }

  /** Takes rows. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Takes one row.
     *
     * @param netns the network namespace that the row is of
     * @param count of observations, for {@link Kind#SUMMARY}; else 0
     * @param value the value; for {@link Kind#SUMMARY} the sum
     * @param labels values of the labels; the array is the caller's, who may use it for the next
     *     row
     */
    void row(NetworkNamespace netns, long count, double value, String... labels);

    /**
     * Takes one row of a {@link Kind#HISTOGRAM}; who has no use for its cells gets their count and
     * the sum.
     *
     * @param cells observations by cell; the array is the caller's, as {@code labels} is
     * @param sum of all observations
     */
    default void histogram(NetworkNamespace netns, long[] cells, double sum, String... labels) {
      long count = 0;
      for (long observations : cells) {
        count += observations;
      }
      row(netns, count, sum, labels);
    }

    /** Takes one row that is no summary. */
    default void row(NetworkNamespace netns, double value, String... labels) {
      row(netns, 0, value, labels);
    }

    /** Takes one row that is of no namespace. */
    default void row(double value, String... labels) {
      row(NetworkNamespace.OWN, 0, value, labels);
    }
  }

  /** Whether the rows are of the kernel's sockets, not of Synoptic's own health. */
  public boolean isData() {
    return collector != null;
  }

  /** As Prometheus shows it: {@code synoptic_tcp_receive_queue_bytes}. */
  public String prometheusName() {
    return name.replace('.', '_')
        + (unit.isEmpty() ? "" : "_" + unit)
        + (kind == Kind.COUNTER ? "_total" : "");
  }
}
