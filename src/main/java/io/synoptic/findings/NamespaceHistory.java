package io.synoptic.findings;

import io.synoptic.HandshakeFigures;
import io.synoptic.ListenerFigures;
import io.synoptic.ListenerGroup;
import io.synoptic.NamespaceCounters;
import io.synoptic.NamespaceReport;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is remembered of one network namespace. */
final class NamespaceHistory {
  /** How long a group or owner may be away and go on counting: as the scanner remembers it. */
  static final long GONE_NANOS = TimeUnit.HOURS.toNanos(1);

  /** Of each kind: with more, what is away is forgotten. */
  static final int MOST = 10_000;

  private static final double NANOS = 1e9;

  /** Where slot 0 begins. */
  private final long origin;

  private Moment now;
  private int report;
  private boolean present;
  private final Map<Place, GroupMemory> groups = new HashMap<>();
  private @Nullable ListenerFigures listeners;
  private Moment listenersAt;
  private double observed;
  private final CounterMemory counters = new CounterMemory();
  private final ConnectMemory connects;

  /** Those that hold or held. */
  private final Map<Condition, Held> conditions = new EnumMap<>(Condition.class);

  /** Since when a condition holds, and when it held last. */
  private static final class Held {
    private Moment since;
    private Moment last;
    private boolean isNow;

    Held(Moment now) {
      since = now;
      last = now;
    }
  }

  /**
   * One without figures.
   *
   * @param begun when counters that begin with the first scan began
   */
  NamespaceHistory(long origin, Moment begun) {
    this.origin = origin;
    now = begun;
    listenersAt = begun;
    connects = new ConnectMemory(begun);
  }

  /**
   * Takes in a report.
   *
   * @param isKnownFromStart whether counters that this process keeps began when this one began; if
   *     not, the first report is where they begin
   */
  void add(NamespaceReport namespace, Moment at, boolean isKnownFromStart) {
    now = at;
    report++;
    present = true;
    ListenerFigures newListeners = namespace.listeners().orElse(null);
    if (newListeners != null && !isSame(newListeners, listeners)) {
      addListeners(newListeners, isKnownFromStart || report > 1);
    }
    NamespaceCounters newCounters = namespace.counters().orElse(null);
    if (newCounters != null) {
      counters.add(newCounters, now, slot());
    }
    HandshakeFigures newHandshakes = namespace.handshakes().orElse(null);
    if (newHandshakes != null) {
      connects.add(newHandshakes, now, slot(), isKnownFromStart || report > 1);
    }
    for (Condition condition : Condition.ALL) {
      addCondition(condition, condition.holds(namespace));
    }
  }

  private void addListeners(ListenerFigures figures, boolean counts) {
    long span = now.nanosSince(listenersAt);
    double allObserved = figures.observedSeconds().orElse(0);
    OptionalDouble more =
        figures.observedSeconds().isPresent()
            ? OptionalDouble.of(Math.min(span / NANOS, Math.max(0, allObserved - observed)))
            : OptionalDouble.empty();
    observed = allObserved;
    listeners = figures;
    listenersAt = now;
    long slot = slot();
    List<ListenerGroup> all = figures.groups();
    for (int i = 0; i < all.size(); i++) {
      ListenerGroup group = all.get(i);
      Place place = new Place(group.address(), group.port());
      GroupMemory memory = groups.get(place);
      if (memory == null) {
        memory = new GroupMemory();
        groups.put(place, memory);
        if (!counts) {
          memory.begin(group);
        }
      }
      memory.seen(report);
      memory.add(group, now, slot, span, more);
    }
    if (groups.size() > all.size()) {
      long most = groups.size() > MOST ? 0 : GONE_NANOS;
      groups.values().removeIf(memory -> memory.isGone(report, now, most));
    }
  }

  /** The figures of a scan that failed are those of the last good one themselves. */
  static boolean isSame(@Nullable Object figures, @Nullable Object before) {
    return figures == before;
  }

  private void addCondition(Condition condition, boolean holds) {
    Held held = conditions.get(condition);
    if (held == null && holds) {
      held = new Held(now);
      conditions.put(condition, held);
    }
    if (held == null) {
      return;
    }
    if (holds && now.nanosSince(held.last) > Condition.BREAK_NANOS) {
      held.since = now;
    }
    held.last = holds ? now : held.last;
    held.isNow = holds;
  }

  /** Notes that it is in no report any more; returns whether it can be forgotten. */
  boolean isGone(Moment at, long nanos) {
    if (present) {
      present = false;
      listeners = null;
      counters.away();
      connects.away();
      now = at;
    }
    return at.nanosSince(now) >= nanos;
  }

  private long slot() {
    return (now.nanos() - origin) / Slots.NANOS;
  }

  History.Memory listener(String address, String port) {
    GroupMemory memory = groups.get(new Place(address, port));
    return memory == null ? History.Memory.NONE : memory.memory(now, slot());
  }

  GroupView group(String address, String port) {
    GroupMemory memory = groups.get(new Place(address, port));
    return memory == null ? GroupView.QUIET : memory.view(now, slot());
  }

  NamespaceMemory memory() {
    Map<Condition, Instant> holding = new EnumMap<>(Condition.class);
    conditions.forEach(
        (condition, held) -> {
          if (held.isNow) {
            holding.put(condition, now.wallOf(held.since));
          }
        });
    return new NamespaceMemory(counters.grown(origin, now), connects.failing(origin, now), holding);
  }

  /** Groups of which more is remembered than where their counters were. */
  int troubles() {
    int troubles = 0;
    for (GroupMemory memory : groups.values()) {
      troubles += memory.hasTrouble() ? 1 : 0;
    }
    return troubles;
  }

  /** Groups and owners. */
  int remembered() {
    return groups.size() + connects.remembered();
  }
}
