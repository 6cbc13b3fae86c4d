package io.synoptic.catalogue;

import static io.synoptic.catalogue.MetricFamily.Kind.COUNTER;
import static io.synoptic.catalogue.MetricFamily.Kind.HISTOGRAM;

import io.synoptic.Collector;
import io.synoptic.ConnectFailure;
import io.synoptic.ConnectionClose;
import io.synoptic.HandshakeCounts;
import io.synoptic.ScanReport;
import io.synoptic.catalogue.MetricFamily.Bounds;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The metric families of handshakes: by listener group, and by owner of the connections that were
 * begun here. Before the first handshake a group has its count of opened connections alone; then it
 * has all series.
 */
final class HandshakeFamilies {
  private static final String OPENED = "opened.connections";

  private static final String BY_HOW =
      " By who closed first (both: at once), and how: by a FIN of each side, by a reset, or by a"
          + " timeout.";

  private static final String DURATION =
      ", as srtt_us has it at its end. One with a repeated segment or a SYN cookie is not among"
          + " them.";

  private static final Bounds DURATION_BOUNDS =
      new Bounds(
          HandshakeCounts.CELL_BOUNDS,
          HandshakeCounts.CLASSIC_BOUNDS,
          HandshakeCounts.NATIVE_BOUNDS);

  /** As {@code repeats} has them. */
  private static final List<String> REPEATS =
      IntStream.rangeClosed(1, HandshakeCounts.MOST_REPEATS)
          .mapToObj(number -> number + (number == HandshakeCounts.MOST_REPEATS ? "+" : ""))
          .toList();

  static final List<MetricFamily> ALL =
      Stream.concat(listeners().stream(), outbound().stream()).toList();

  private HandshakeFamilies() {}

  private static List<MetricFamily> listeners() {
    String group = "synoptic.tcp.listener.";
    return List.of(
        listener(
            group + OPENED,
            COUNTER,
            "Connections to the group that were established, accepted or not yet.",
            List.of(),
            (counts, rows) -> rows.add(counts.opened())),
        listener(
            group + "closed.connections",
            COUNTER,
            "Connections of the group that were established and have ended." + BY_HOW,
            List.of("by", "how"),
            HandshakeFamilies::closed),
        listener(
            group + "handshake.duration",
            HISTOGRAM,
            "From the SYN+ACK to the ACK" + DURATION,
            List.of(),
            (counts, rows) -> rows.addDurations(counts)),
        listener(
            group + "handshakes.repeated",
            COUNTER,
            "Handshakes of opened connections that took more than one SYN+ACK, by how many more.",
            List.of("repeats"),
            HandshakeFamilies::repeated),
        listener(
            group + "handshakes.syncookies",
            COUNTER,
            "Handshakes of opened connections that a SYN cookie completed.",
            List.of(),
            (counts, rows) -> rows.add(counts.syncookies())),
        listener(
            group + "syn.acks.repeated",
            COUNTER,
            "SYN+ACKs of the group that were sent again, whatever came of the handshake.",
            List.of(),
            (counts, rows) -> rows.add(counts.synAcksRepeated())));
  }

  private static List<MetricFamily> outbound() {
    String group = "synoptic.tcp.outbound.";
    return List.of(
        owner(
            group + OPENED,
            COUNTER,
            "Connections begun from here that were established, by the owner of the socket.",
            List.of(),
            (counts, rows) -> rows.add(counts.opened())),
        owner(
            group + "closed.connections",
            COUNTER,
            "Connections that belong to no listener, were established and have ended." + BY_HOW,
            List.of("by", "how"),
            HandshakeFamilies::closed),
        owner(
            group + "handshake.duration",
            HISTOGRAM,
            "From the SYN to the SYN+ACK" + DURATION,
            List.of(),
            (counts, rows) -> rows.addDurations(counts)),
        owner(
            group + "handshakes.repeated",
            COUNTER,
            "Handshakes of opened connections that took more than one SYN, by how many more.",
            List.of("repeats"),
            HandshakeFamilies::repeated),
        owner(
            "synoptic.tcp.connect.failures",
            COUNTER,
            "Connections begun from here that were never established: refused by a reset, timed out,"
                + " unreachable, reset later, aborted by the program, no_port free, or other (sk_err).",
            List.of("reason"),
            HandshakeFamilies::failed));
  }

  private static void closed(HandshakeCounts counts, HandshakeRows rows) {
    for (int i = 0; i < ConnectionClose.ALL.size(); i++) { // without an iterator for each group
      ConnectionClose close = ConnectionClose.ALL.get(i);
      rows.add(counts.closed(close), close.by().label(), close.how().label());
    }
  }

  private static void repeated(HandshakeCounts counts, HandshakeRows rows) {
    for (int repeats = 1; repeats <= HandshakeCounts.MOST_REPEATS; repeats++) {
      rows.add(counts.repeated(repeats), REPEATS.get(repeats - 1));
    }
  }

  private static void failed(HandshakeCounts counts, HandshakeRows rows) {
    for (int i = 0; i < ConnectFailure.ALL.size(); i++) {
      ConnectFailure reason = ConnectFailure.ALL.get(i);
      rows.add(counts.failed(reason), reason.label());
    }
  }

  private static MetricFamily listener(
      String name,
      MetricFamily.Kind kind,
      String help,
      List<String> labels,
      HandshakeRows.Rows rows) {
    return family(name, kind, help, HandshakeRows.GROUP, labels, rows, HandshakeRows::readGroups);
  }

  private static MetricFamily owner(
      String name,
      MetricFamily.Kind kind,
      String help,
      List<String> labels,
      HandshakeRows.Rows rows) {
    return family(name, kind, help, HandshakeRows.OWNER, labels, rows, HandshakeRows::readOwners);
  }

  private static MetricFamily family(
      String name,
      MetricFamily.Kind kind,
      String help,
      List<String> shared,
      List<String> own,
      HandshakeRows.Rows rows,
      BiConsumer<HandshakeRows, ScanReport> reader) {
    boolean zeros = name.endsWith(OPENED);
    return new MetricFamily(
        name,
        kind,
        kind == HISTOGRAM ? "seconds" : "",
        help,
        Stream.concat(shared.stream(), own.stream()).toList(),
        kind == HISTOGRAM ? DURATION_BOUNDS : Bounds.NONE,
        Collector.HANDSHAKES,
        (report, sink) ->
            reader.accept(new HandshakeRows(sink, rows, zeros, shared, own.size()), report));
  }
}
