package io.synoptic.internal.owners;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the path of a cgroup by its id. The hierarchy is walked when an id appears that is not
 * known, and not often: an id that a walk doesn't find is gone, and no id is used twice. A version
 * 2 cgroup can't be renamed.
 */
final class CgroupIndex {
  /** Made when there is something to log: what never logs loads no logger. */
  private static final class Log {
    private static final Logger LOG = LoggerFactory.getLogger(CgroupIndex.class);
  }

  /** Ten times what a large host has: 0.3 s and 3 MB. */
  private static final int LIMIT = 20_000;

  private static final int WANTED = 8192;

  private final Path sysfs;
  private final Path procfs;
  private final SearchLimiter<Long> pace;
  private final LongSupplier clock;
  private final Set<Long> wanted = new HashSet<>();
  private CgroupTree tree = CgroupTree.empty();
  private int walks;
  private boolean warned;

  /**
   * An index that knows nothing yet.
   *
   * @param clock nanoseconds since whenever
   */
  CgroupIndex(Path sysfs, Path procfs, LongSupplier clock) {
    this.sysfs = sysfs;
    this.procfs = procfs;
    this.clock = clock;
    pace = new SearchLimiter<>(1, clock);
  }

  /** The path from the hierarchy's root, or null: not known, now or any more. */
  @Nullable String path(long id) {
    String path = tree.path(id);
    if (path == null && pace.isOpen(id)) {
      if (wanted.size() < WANTED) {
        wanted.add(id);
      }
      if (pace.isDue()) {
        walk();
        path = tree.path(id);
      }
    }
    return path;
  }

  /** What the path says, or null. */
  @Nullable CgroupPath find(long id) {
    String path = path(id);
    return path == null ? null : CgroupPath.parse(path, tree.rootsLength(id));
  }

  /** What a path that procfs shows says: root may not have named all of it. */
  CgroupPath read(String path) {
    CgroupPath whole = CgroupPath.parse(path);
    return whole.podUid().isEmpty() ? whole : CgroupPath.parse(path, rootsLength(path));
  }

  private int rootsLength(String path) {
    for (CgroupMount mount : CgroupMount.find(sysfs, procfs)) {
      boolean below = path.startsWith(mount.root() + "/") && !path.startsWith("/../");
      int known = below ? rootsLength(mount, path) : 0;
      if (known > 0) {
        return known;
      }
    }
    return path.length(); // it is out of sight
  }

  /** 0 if the path isn't below the mount. */
  private static int rootsLength(CgroupMount mount, String path) {
    Path folder = mount.directory();
    int length = 0;
    try {
      CgroupFolder parent = CgroupFolder.read(folder);
      if (parent == null) {
        return 0;
      }
      int rootUid = parent.uid();
      for (String name : path.substring(mount.root().length() + 1).split("/", -1)) {
        if (parent.uid() != rootUid) {
          return length;
        }
        folder = folder.resolve(name);
        parent = CgroupFolder.read(folder);
        if (parent == null) {
          return length;
        }
        length += (length == 0 ? mount.root().length() : 0) + 1 + name.length();
      }
    } catch (IOException | InvalidPathException e) {
      // It has gone since, or was never here.
    }
    return length;
  }

  private void walk() {
    long start = clock.getAsLong();
    tree = CgroupTree.read(CgroupMount.find(sysfs, procfs), LIMIT, wanted);
    wanted.clear();
    walks++;
    pace.searched(clock.getAsLong() - start);
    if (tree.isCut() && !warned) {
      warned = true;
      Log.LOG.warn(
          "a user, unit or container has more cgroups than its share of {}: those beyond have no name,"
              + " and connections from there no owner",
          LIMIT / 10);
    }
  }

  /** How often the hierarchy was walked. */
  int walks() {
    return walks;
  }
}
