package io.synoptic;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which network namespaces have series, so that their number stays bounded whatever a host's users
 * do. A namespace keeps its place while it lives, unless one of a higher rank finds none: then the
 * youngest of the lowest rank leaves. A user other than root has a tenth of the places at most, and
 * after those no more {@link Newcomers} than that within an hour.
 */
final class NamespacePlaces {
  /** Who gets a place, the first first. */
  enum Rank {
    /** Pods, and what root has given a name. */
    NAMED,
    ROOTS,
    USERS
  }

  private static final int SHARES = 10;

  /**
   * One that has a place.
   *
   * @param user whose share it is of; null if it is of none
   */
  private record Holder(long namespace, Rank rank, String user) {}

  private static final class Share {
    private int taken;
    private final Newcomers<Long> newcomers;

    Share(int places) {
      newcomers = new Newcomers<>(places);
    }
  }

  private final int places;
  private final int share;

  /** By namespace: when it got its place, in order. */
  private final Map<Long, Long> turns = new HashMap<>();

  private final Map<Rank, TreeMap<Long, Holder>> holders = new EnumMap<>(Rank.class);
  private final Map<String, Share> shares = new HashMap<>();
  private long lastTurn;

  /** None of {@code places} taken. */
  NamespacePlaces(int places) {
    this.places = places;
    share = Math.max(1, places / SHARES);
    for (Rank rank : Rank.values()) {
      holders.put(rank, new TreeMap<>());
    }
  }

  boolean has(long namespace) {
    return turns.containsKey(namespace);
  }

  /** The namespaces that have a place. */
  Set<Long> holders() {
    return turns.keySet();
  }

  /**
   * Gives a namespace a place if there is one.
   *
   * @param user whose share it is of, null if it is of none
   * @return whether it has one now
   */
  boolean take(long namespace, Rank rank, String user, long now) {
    if (has(namespace)) {
      return true;
    }
    Share taken = user == null ? null : shares.computeIfAbsent(user, missing -> new Share(share));
    if (taken != null && taken.taken >= share) {
      return false;
    }
    if (turns.size() >= places && !mayMakeRoom(rank)) {
      return false;
    }
    if (taken != null && !taken.newcomers.admits(namespace, now)) {
      return false;
    }
    if (turns.size() >= places) {
      makeRoom();
    }
    turns.put(namespace, ++lastTurn);
    holders.get(rank).put(lastTurn, new Holder(namespace, rank, user));
    if (taken != null) {
      taken.taken++;
    }
    return true;
  }

  private boolean mayMakeRoom(Rank rank) {
    return lowest().compareTo(rank) > 0;
  }

  /** Of those that have a place. */
  private Rank lowest() {
    Rank lowest = Rank.NAMED;
    for (Rank rank : Rank.values()) {
      lowest = holders.get(rank).isEmpty() ? lowest : rank;
    }
    return lowest;
  }

  private void makeRoom() {
    leave(holders.get(lowest()).lastEntry().getValue());
  }

  private void leave(Holder holder) {
    holders.get(holder.rank).remove(turns.remove(holder.namespace));
    Share taken = holder.user == null ? null : shares.get(holder.user);
    if (taken != null) {
      taken.taken--;
    }
  }

  /** Frees the places of all others. */
  void retain(Set<Long> alive, long now) {
    for (TreeMap<Long, Holder> ranked : holders.values()) {
      ranked.values().stream()
          .filter(holder -> !alive.contains(holder.namespace))
          .toList()
          .forEach(this::leave);
    }
    shares.values().removeIf(user -> user.taken == 0 && user.newcomers.areForgotten(now));
  }
}
