package io.synoptic.findings;

import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.ScanReport;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of the reports of the last ten minutes: of each listener group and namespace,
 * in a few hundred bytes for those that have trouble and next to nothing for the others. What it
 * says is as of the latest report. For use by several threads.
 */
public final class History {
  /** How far it reaches back. */
  public static final Duration REACH = Duration.ofMinutes(10);

  /** Those that are gone are forgotten at once when there are more. */
  private static final int MOST_NAMESPACES = 2_000;

  /**
   * A listener group over time.
   *
   * @param fullSince since when the accept queue has been full without a break that was seen; empty
   *     if it is not full
   * @param lastFull when it was full last; empty if it was not in {@link #REACH}
   * @param fullSeconds seconds at full in {@link #REACH}. Without a sampler the time between scans
   *     that both saw it full
   * @param drops in {@link #REACH}
   */
  public record Memory(
      Optional<Instant> fullSince, Optional<Instant> lastFull, double fullSeconds, double drops) {
    /** Nothing happened. */
    public static final Memory NONE = new Memory(Optional.empty(), Optional.empty(), 0, 0);
  }

  private final LongSupplier nanoTime;
  private final long origin;
  private final Map<NetworkNamespace, NamespaceHistory> namespaces = new HashMap<>();

  /** The latest report; null before the first. */
  private @Nullable Moment latest;

  /** When the last good scan ended, by the clock that may be set. */
  private @Nullable Instant takenAt;

  private boolean hasBegun;
  private boolean isKnownFromStart;

  /** Of the scans that will come: it is to see the first one of a scanner. */
  public History() {
    this(System::nanoTime);
  }

  History(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    origin = nanoTime.getAsLong();
  }

  /** Takes in the report of the latest scan, whether it was good or not. */
  public synchronized void add(ScanReport report) {
    if (!hasBegun) {
      hasBegun = true;
      isKnownFromStart = report.scan().scans() <= 1;
    }
    Instant wall = report.scan().takenAt().orElse(null);
    if (wall == null) {
      return; // No figures yet.
    }
    Moment before = latest;
    Moment now = now(wall);
    latest = now;
    boolean isKnown = isKnownFromStart || before != null;
    Moment begun = before != null ? before : now.minusNanos(now.nanos() - origin);
    List<NamespaceReport> all = report.namespaces();
    for (int i = 0; i < all.size(); i++) {
      NamespaceReport namespace = all.get(i);
      NamespaceHistory history = namespaces.get(namespace.name());
      if (history == null) {
        history = new NamespaceHistory(origin, begun);
        namespaces.put(namespace.name(), history);
      }
      history.add(namespace, now, isKnown);
    }
    if (namespaces.size() > all.size()) {
      forget(all, now);
    }
  }

  /** A scan that failed has left the time of the last good one. */
  private Moment now(Instant wall) {
    long nanos = nanoTime.getAsLong();
    Moment before = latest;
    Moment now =
        before != null && wall.equals(takenAt)
            ? before.minusNanos(before.nanos() - nanos)
            : new Moment(wall, nanos);
    takenAt = wall;
    return now;
  }

  private void forget(List<NamespaceReport> all, Moment now) {
    Map<NetworkNamespace, NamespaceHistory> gone = new HashMap<>(namespaces);
    for (NamespaceReport namespace : all) {
      gone.remove(namespace.name());
    }
    long most = namespaces.size() > MOST_NAMESPACES ? 0 : REACH.toNanos();
    gone.forEach(
        (name, history) -> {
          if (history.isGone(now, most)) {
            namespaces.remove(name);
          }
        });
  }

  /** What is remembered of a group by its address and port, in a namespace of the last report. */
  public synchronized Memory listener(NetworkNamespace namespace, String address, String port) {
    NamespaceHistory history = namespaces.get(namespace);
    return history == null ? Memory.NONE : history.listener(address, port);
  }

  synchronized GroupView group(NetworkNamespace namespace, String address, String port) {
    NamespaceHistory history = namespaces.get(namespace);
    return history == null ? GroupView.QUIET : history.group(address, port);
  }

  synchronized NamespaceMemory namespace(NetworkNamespace namespace) {
    NamespaceHistory history = namespaces.get(namespace);
    return history == null ? NamespaceMemory.NONE : history.memory();
  }

  /** Groups of which more is remembered than where their counters were. */
  synchronized int troubles() {
    return namespaces.values().stream().mapToInt(NamespaceHistory::troubles).sum();
  }

  /** Namespaces, groups and owners. */
  synchronized int remembered() {
    return namespaces.values().stream().mapToInt(one -> 1 + one.remembered()).sum();
  }
}
