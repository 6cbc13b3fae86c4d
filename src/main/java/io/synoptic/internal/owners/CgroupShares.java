package io.synoptic.internal.owners;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * How many cgroups are visited and kept, and whose. A share is a user's, that of all that is below
 * the first directory of his on the way down; or a unit's or container's, that is root's.
 */
final class CgroupShares {
  static final long ROOTS = -1;

  private static final int SHARES = 10;

  /** So many are looked at for each that is kept of a share. */
  private static final int VISITS = 4;

  private final int limit;
  private final int share;
  private final Set<Long> wanted;
  private final Map<Long, Integer> visits = new HashMap<>();
  private int rootsVisits;
  private int othersVisits;
  private boolean cut;

  /**
   * No visit yet.
   *
   * @param limit the most of root's to visit
   * @param wanted ids that are kept beyond the shares
   */
  CgroupShares(int limit, Set<Long> wanted) {
    this.limit = limit;
    this.wanted = wanted;
    share = Math.max(1, limit / SHARES);
  }

  /** The share of what is below a cgroup, which is in {@code share} itself. */
  static long below(long share, CgroupFolder folder, String name, boolean roots) {
    if (share != ROOTS) {
      return share;
    }
    if (!roots) {
      return Integer.toUnsignedLong(folder.uid());
    }
    return CgroupPathReader.isHandedOver(name) ? ~folder.id() : ROOTS;
  }

  /** Whether there is room in a share for another visit. */
  boolean admits(long of) {
    boolean room;
    if (of == ROOTS) {
      room = rootsVisits < limit;
      rootsVisits += room ? 1 : 0;
    } else {
      int before = visits.getOrDefault(of, 0);
      room = before < VISITS * share && othersVisits < VISITS * limit / 2;
      visits.put(of, room ? before + 1 : before);
      othersVisits += room ? 1 : 0;
    }
    cut |= !room;
    return room;
  }

  /** Whether a cgroup that was admitted is kept. */
  boolean mayKeep(long of, long id) {
    boolean may = of == ROOTS || visits.getOrDefault(of, 0) <= share || wanted.contains(id);
    cut |= !may;
    return may;
  }

  /** Whether there was more than shares have room for. */
  boolean areCut() {
    return cut;
  }
}
