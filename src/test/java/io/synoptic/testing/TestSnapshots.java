package io.synoptic.testing;

import io.synoptic.CgroupConnections;
import io.synoptic.Collector;
import io.synoptic.IpFamily;
import io.synoptic.Rejection;
import io.synoptic.ScanReport;
import io.synoptic.SocketSnapshot;
import io.synoptic.Source;
import io.synoptic.SourceReason;
import io.synoptic.SourceUsed;
import io.synoptic.StateCounts;
import io.synoptic.TcpState;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Snapshots with figures that a test knows. */
public final class TestSnapshots {
  static final Instant TAKEN_AT = Instant.parse("2026-01-02T03:04:05Z");

  private TestSnapshots() {}

  /** The report after a good scan of the own namespace. */
  public static ScanReport report(ScanReport latest, SocketSnapshot sockets) {
    return latest
        .with(Collector.SOCKETS, latest.scan().succeeded(sockets.source(), 1))
        .withOwn(latest.own().with(sockets, List.of()))
        .plus(List.of(sockets));
  }

  /**
   * IPv4 has 100 + number sockets in each state but close, IPv6 200 + number; the kernel's own
   * count, request sockets left out, is one more than what was scanned.
   */
  public static SocketSnapshot snapshot() {
    return snapshot(List.of());
  }

  /** The same, all of it owned by one cgroup. */
  public static SocketSnapshot snapshot(long cgroup) {
    return snapshot(List.of(CgroupConnections.of(cgroup, StateCounts.ZERO, StateCounts.ZERO)));
  }

  private static SocketSnapshot snapshot(List<CgroupConnections> cgroups) {
    Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);
    Rejection.ALL.forEach(reason -> rejected.put(reason, 10L + reason.number()));
    SocketSnapshot.Builder builder =
        SocketSnapshot.builder()
            .takenAt(TAKEN_AT)
            .source(new SourceUsed(Source.SOCK_DIAG, SourceReason.BEST, ""))
            .queueBytes(4096, 8192)
            .duplicateSockets(2)
            .rejectedMessages(rejected)
            .cgroups(cgroups);
    long total = 0;
    for (IpFamily family : IpFamily.ALL) {
      Map<TcpState, Long> counts = new EnumMap<>(TcpState.class);
      for (TcpState state : TcpState.ALL) {
        long count = state == TcpState.CLOSE ? 0 : 100L * (1 + family.number()) + state.number();
        counts.put(state, count);
        total += count;
      }
      builder.sockets(family, StateCounts.of(counts));
    }
    long requests = 103 + 203;
    return builder.sockstat(OptionalLong.of(total - requests + 1)).build();
  }
}
