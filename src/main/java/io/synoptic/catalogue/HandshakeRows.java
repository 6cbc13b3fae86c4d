package io.synoptic.catalogue;

import io.synoptic.HandshakeCounts;
import io.synoptic.HandshakeFigures;
import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.Owner;
import io.synoptic.ScanReport;
import java.util.List;

/** Yields the rows of one family of handshakes, with one array for the labels of all. */
final class HandshakeRows {
  static final List<String> GROUP = List.of("address", "port");
  static final List<String> OWNER = List.of("namespace", "pod", "unit", "container");

  /** Yields the rows of one group or owner. */
  @FunctionalInterface
  interface Rows {
    /** Adds each row of {@code counts}. */
    void read(HandshakeCounts counts, HandshakeRows to);
  }

  private final MetricFamily.Sink sink;
  private final Rows rows;

  /** Whether one without a handshake has rows. */
  private final boolean zeros;

  private final String[] labels;

  /** How many labels are the group's or the owner's. */
  private final int shared;

  private final long[] cells = new long[HandshakeCounts.CELL_BOUNDS.size() + 1];
  private NetworkNamespace netns = NetworkNamespace.OWN;

  /**
   * Rows for one sink.
   *
   * @param shared labels of the group or the owner
   * @param own how many labels the family has beside those
   */
  HandshakeRows(MetricFamily.Sink sink, Rows rows, boolean zeros, List<String> shared, int own) {
    this.sink = sink;
    this.rows = rows;
    this.zeros = zeros;
    this.shared = shared.size();
    labels = new String[shared.size() + own];
  }

  /** Reads all listener groups. */
  void readGroups(ScanReport report) {
    for (NamespaceReport namespace : report.namespaces()) {
      if (namespace.handshakes().isPresent()) {
        netns = namespace.name();
        for (HandshakeFigures.OfGroup group : namespace.handshakes().get().listeners()) {
          labels[0] = group.address();
          labels[1] = group.port();
          read(group.counts());
        }
      }
    }
  }

  /** Reads all owners. */
  void readOwners(ScanReport report) {
    for (NamespaceReport namespace : report.namespaces()) {
      if (namespace.handshakes().isPresent()) {
        netns = namespace.name();
        for (HandshakeFigures.OfOwner of : namespace.handshakes().get().outbound()) {
          Owner owner = of.owner();
          labels[0] = owner.namespace();
          labels[1] = owner.pod();
          labels[2] = owner.unit();
          labels[3] = owner.container();
          read(of.counts());
        }
      }
    }
  }

  private void read(HandshakeCounts counts) {
    if (zeros || !counts.isZero()) {
      rows.read(counts, this);
    }
  }

  /** Adds a row of a family without labels of its own. */
  void add(long value) {
    sink.row(netns, value, labels);
  }

  /** Adds a row of a family with one. */
  void add(long value, String label) {
    labels[shared] = label;
    add(value);
  }

  /** Adds a row of a family with two. */
  void add(long value, String label, String another) {
    labels[shared + 1] = another;
    add(value, label);
  }

  /** Adds a row of a histogram. */
  void addDurations(HandshakeCounts counts) {
    counts.durations(cells);
    sink.histogram(netns, cells, counts.durationSeconds(), labels);
  }
}
