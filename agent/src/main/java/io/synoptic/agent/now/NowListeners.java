package io.synoptic.agent.now;

import io.synoptic.Collector;
import io.synoptic.ConnectFailure;
import io.synoptic.ConnectionClose;
import io.synoptic.ConnectionClose.By;
import io.synoptic.ConnectionClose.How;
import io.synoptic.HandshakeCounts;
import io.synoptic.HandshakeFigures;
import io.synoptic.ListenerFigures;
import io.synoptic.ListenerGroup;
import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.TimerCounts;
import io.synoptic.findings.History;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The listeners of one network namespace, with their handshakes. */
final class NowListeners {
  private final NetworkNamespace namespace;
  private final @Nullable ListenerFigures figures;
  private final @Nullable HandshakeFigures handshakes;
  private final Map<String, HandshakeCounts> byGroup = new HashMap<>();
  private final History history;

  NowListeners(NamespaceReport report, Set<Collector> fresh, History history) {
    namespace = report.name();
    figures = fresh.contains(Collector.LISTENERS) ? report.listeners().orElse(null) : null;
    handshakes = fresh.contains(Collector.HANDSHAKES) ? report.handshakes().orElse(null) : null;
    if (handshakes != null) {
      handshakes
          .listeners()
          .forEach(one -> byGroup.put(key(one.address(), one.port()), one.counts()));
    }
    this.history = history;
  }

  private static String key(String address, String port) {
    return address + ' ' + port;
  }

  @Nullable List<Now.Listener> all() {
    return figures == null ? null : figures.groups().stream().map(this::listener).toList();
  }

  @Nullable Long folded() {
    return figures == null ? null : figures.foldedListeners();
  }

  Now.@Nullable BothHandshakes bothHandshakes() {
    return handshakes == null
        ? null
        : new Now.BothHandshakes(
            sum(handshakes.listeners().stream().map(HandshakeFigures.OfGroup::counts)),
            sum(handshakes.outbound().stream().map(HandshakeFigures.OfOwner::counts)));
  }

  private static Now.Handshakes sum(Stream<HandshakeCounts> counts) {
    return handshakes(counts.reduce(HandshakeCounts.ZERO, HandshakeCounts::plus));
  }

  private Now.Listener listener(ListenerGroup group) {
    History.Memory memory = history.listener(namespace, group.address(), group.port());
    @Nullable TimerCounts timers = group.timers().orElse(null);
    @Nullable HandshakeCounts counts = byGroup.get(key(group.address(), group.port()));
    return new Now.Listener(
        group.address(),
        group.port(),
        group.sockets(),
        group.acceptQueueLength(),
        NowReader.nullable(group.acceptQueueLimit()),
        NowReader.nullable(group.acceptQueueUtilization()),
        NowReader.nullable(group.acceptQueuePeakUtilization()),
        memory.fullSince().orElse(null),
        memory.lastFull().orElse(null),
        group.acceptQueueFullSeconds().isEmpty() ? null : memory.fullSeconds(),
        group.drops().isEmpty() ? null : memory.drops(),
        NowReader.nullable(group.drops()),
        NowReader.nullable(group.synQueueLength()),
        NowReader.nullable(group.synQueueUtilization()),
        NowReader.nullable(group.fastOpenQueueLength()),
        group.connections().map(NowReader::connections).orElse(null),
        timers == null ? null : timers.retransmitting(),
        timers == null ? null : timers.zeroWindow(),
        timers == null ? null : timers.repeatedSyn(),
        timers == null ? null : timers.keepalive(),
        NowReader.oldest(group.closeWait()),
        group.owner().unit(),
        group.owner().container(),
        group.owner().namespace(),
        group.owner().pod(),
        group.process(),
        counts == null ? null : handshakes(counts));
  }

  private static Now.Handshakes handshakes(HandshakeCounts counts) {
    Map<String, Map<String, Long>> closed = new LinkedHashMap<>();
    for (By by : By.values()) {
      closed.put(
          by.label(),
          counted(
              List.of(How.values()),
              How::label,
              how -> counts.closed(new ConnectionClose(by, how))));
    }
    long repeated = 0;
    for (int repeats = 1; repeats <= HandshakeCounts.MOST_REPEATS; repeats++) {
      repeated += counts.repeated(repeats);
    }
    long[] durations = new long[HandshakeCounts.SIZE - HandshakeCounts.CELLS];
    counts.durations(durations);
    return new Now.Handshakes(
        counts.opened(),
        closed,
        counted(ConnectFailure.ALL, ConnectFailure::label, counts::failed),
        repeated,
        counts.syncookies(),
        counts.synAcksRepeated(),
        counts.durationSeconds(),
        LongStream.of(durations).sum());
  }

  private static <T> Map<String, Long> counted(
      List<T> all, Function<T, String> label, Function<T, Long> count) {
    Map<String, Long> counted = new LinkedHashMap<>();
    all.forEach(one -> counted.put(label.apply(one), count.apply(one)));
    return counted;
  }
}
