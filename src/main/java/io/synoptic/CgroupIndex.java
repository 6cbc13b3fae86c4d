package io.synoptic;

import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Finds the path of a cgroup by its id. The hierarchy is walked when an id appears that is not
 * known, and not often: an id that a walk doesn't find is gone, and no id is used twice. A version
 * 2 cgroup can't be renamed.
 */
final class CgroupIndex {
  /** Ten times what a large host has: 0.3 s and 3 MB. */
  private static final int LIMIT = 20_000;

  private final Path sysfs;
  private final Path procfs;
  private final SearchPace<Long> pace;
  private final LongSupplier clock;
  private CgroupTree tree = CgroupTree.empty();
  private int walks;

  /**
   * An index that knows nothing yet.
   *
   * @param clock nanoseconds since whenever
   */
  CgroupIndex(Path sysfs, Path procfs, LongSupplier clock) {
    this.sysfs = sysfs;
    this.procfs = procfs;
    this.clock = clock;
    pace = new SearchPace<>(1, clock);
  }

  /** The path from the hierarchy's root, or null: not known, now or any more. */
  String path(long id) {
    String path = tree.path(id);
    if (path == null && pace.isOpen(id) && pace.isDue()) {
      walk();
      path = tree.path(id);
    }
    return path;
  }

  private void walk() {
    long start = clock.getAsLong();
    tree = CgroupTree.read(CgroupMount.find(sysfs, procfs), LIMIT);
    walks++;
    pace.searched(clock.getAsLong() - start);
  }

  /** How often the hierarchy was walked. */
  int walks() {
    return walks;
  }
}
