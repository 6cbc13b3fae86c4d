package io.synoptic.internal.handshakes;

import io.synoptic.Collector;
import io.synoptic.CollectorReport;
import io.synoptic.HandshakeHealth;
import io.synoptic.NamespaceReport;
import io.synoptic.ScanReport;
import io.synoptic.Source;
import io.synoptic.SourceReason;
import io.synoptic.SourceUsed;
import io.synoptic.internal.ffi.BpfProgram;
import io.synoptic.internal.ffi.HandshakeBuffer;
import io.synoptic.internal.ffi.HandshakePrograms;
import io.synoptic.internal.ffi.HandshakeTable;
import io.synoptic.internal.ffi.NativeScanner;
import io.synoptic.internal.listeners.ListenerTrackers;
import io.synoptic.internal.netns.NodeScanner;
import io.synoptic.internal.netns.OwnCookie;
import io.synoptic.internal.owners.OwnerTracker;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** The handshakes of the namespaces that are shown, where programs count them. For one thread. */
public final class Handshakes {
  private static final SourceUsed SOURCE = new SourceUsed(Source.BPF, SourceReason.BEST, "");

  private final HandshakeTracker tracker;
  private final @Nullable HandshakeBuffer buffer;

  /** The own one alone, if that alone is shown. */
  private final @Nullable OwnCookie own;

  private final LongUnaryOperator keys;
  private HandshakeHealth health;

  /**
   * Handshakes that count for these listeners and owners.
   *
   * @param scanner of the own namespace
   * @param node of every namespace; null if the own one alone is shown
   * @param environment what the launcher has attached: {@link HandshakePrograms}
   */
  public Handshakes(
      ListenerTrackers listeners,
      OwnerTracker owners,
      NativeScanner scanner,
      @Nullable NodeScanner node,
      Map<String, String> environment) {
    tracker = new HandshakeTracker(listeners, owners, node != null);
    Optional<BpfProgram> walk = BpfProgram.in(environment);
    Optional<HandshakePrograms> programs = HandshakePrograms.in(environment);
    SourceReason missing =
        programs.isEmpty()
            ? HandshakePrograms.missing(environment)
            : walk.isEmpty() ? BpfProgram.missing(environment) : SourceReason.BEST;
    boolean attached = !missing.isFallback();
    buffer = attached ? new HandshakeBuffer(programs.orElseThrow(), scanner.procfs()) : null;
    own = attached && node == null ? new OwnCookie(walk.orElseThrow(), scanner.timeout()) : null;
    keys = node != null ? node::key : own != null ? own::key : LongUnaryOperator.identity();
    health =
        new HandshakeHealth(
            missing,
            // Of every namespace the walk's own line says why.
            attached || (node != null && walk.isEmpty()) ? "" : HandshakePrograms.advice(missing),
            OptionalDouble.empty(),
            0);
  }

  /**
   * Takes in what has been counted since the last call, after a scan that began at {@code now}.
   *
   * @param found the namespaces that are shown, which get their figures
   */
  public ScanReport collect(ScanReport report, Map<Long, NamespaceReport> found, long now) {
    if (buffer == null) {
      return report.with(health);
    }
    long start = System.nanoTime();
    CollectorReport before =
        report.collectors().getOrDefault(Collector.HANDSHAKES, CollectorReport.EMPTY);
    CollectorReport after;
    try {
      if (own != null) {
        own.look();
      }
      HandshakeTable table = buffer.read();
      tracker.count(table, keys, found.keySet(), now);
      health =
          new HandshakeHealth(health.reason(), "", table.missedEvents(), tracker.foldedEvents());
      after = before.succeeded(SOURCE, System.nanoTime() - start);
    } catch (RuntimeException | Error e) {
      after = before.failed(e, System.nanoTime() - start);
    }
    found.replaceAll((key, namespace) -> namespace.with(tracker.figures(key, now)));
    return report.with(Collector.HANDSHAKES, after).with(health);
  }
}
