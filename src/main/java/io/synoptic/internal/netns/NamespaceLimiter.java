package io.synoptic.internal.netns;

import io.synoptic.internal.limits.NewSeriesLimiter;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which network namespaces have series, so that their number stays bounded whatever a host's users
 * do. A namespace keeps its slot while it lives, unless one of a higher rank finds none: then the
 * youngest of the lowest rank leaves. A user other than root has a tenth of the slots at most, and
 * after those no more {@link NewSeriesLimiter} than that within an hour.
 */
final class NamespaceLimiter {
  /** Who gets a slot, the first first. */
  enum Rank {
    /** Pods, and what root has given a name. */
    NAMED,
    ROOTS,
    USERS
  }

  private static final int SHARES = 10;

  /**
   * One that has a slot.
   *
   * @param user whose share it is of; null if it is of none
   */
  private record Holder(long namespace, Rank rank, @Nullable String user) {}

  private static final class Share {
    private int taken;
    private final NewSeriesLimiter<Long> newcomers;

    Share(int slots) {
      newcomers = new NewSeriesLimiter<>(slots);
    }
  }

  private final int slots;
  private final int share;

  /** By namespace: when it got its slot, in order. */
  private final Map<Long, Long> admitted = new HashMap<>();

  private final Map<Rank, NavigableMap<Long, Holder>> holders = new EnumMap<>(Rank.class);
  private final Map<String, Share> shares = new HashMap<>();
  private long lastAdmitted;

  /** None of {@code slots} taken. */
  NamespaceLimiter(int slots) {
    this.slots = slots;
    share = Math.max(1, slots / SHARES);
  }

  boolean has(long namespace) {
    return admitted.containsKey(namespace);
  }

  /** The namespaces that have a slot. */
  Set<Long> holders() {
    return admitted.keySet();
  }

  /**
   * Gives a namespace a slot if there is one.
   *
   * @param user whose share it is of, null if it is of none
   * @return whether it has one now
   */
  boolean take(long namespace, Rank rank, @Nullable String user, long now) {
    if (has(namespace)) {
      return true;
    }
    Share taken = user == null ? null : shares.computeIfAbsent(user, missing -> new Share(share));
    if (taken != null && taken.taken >= share) {
      return false;
    }
    if (admitted.size() >= slots && !mayMakeRoom(rank)) {
      return false;
    }
    if (taken != null && !taken.newcomers.admits(namespace, now)) {
      return false;
    }
    if (admitted.size() >= slots) {
      makeRoom();
    }
    admitted.put(namespace, ++lastAdmitted);
    of(rank).put(lastAdmitted, new Holder(namespace, rank, user));
    if (taken != null) {
      taken.taken++;
    }
    return true;
  }

  private NavigableMap<Long, Holder> of(Rank rank) {
    return holders.computeIfAbsent(rank, missing -> new TreeMap<>());
  }

  private boolean mayMakeRoom(Rank rank) {
    return lowest().compareTo(rank) > 0;
  }

  /** Of those that have a slot. */
  private Rank lowest() {
    Rank lowest = Rank.NAMED;
    for (Rank rank : Rank.values()) {
      lowest = of(rank).isEmpty() ? lowest : rank;
    }
    return lowest;
  }

  private void makeRoom() {
    leave(of(lowest()).lastEntry().getValue());
  }

  private void leave(Holder holder) {
    of(holder.rank).remove(admitted.remove(holder.namespace));
    Share taken = holder.user == null ? null : shares.get(holder.user);
    if (taken != null) {
      taken.taken--;
    }
  }

  /** Frees the slots of all others. */
  void retain(Set<Long> alive, long now) {
    for (NavigableMap<Long, Holder> ranked : holders.values()) {
      ranked.values().stream()
          .filter(holder -> !alive.contains(holder.namespace))
          .toList()
          .forEach(this::leave);
    }
    shares.values().removeIf(user -> user.taken == 0 && user.newcomers.areForgotten(now));
  }
}
