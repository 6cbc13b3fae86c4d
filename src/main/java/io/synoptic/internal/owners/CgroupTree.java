package io.synoptic.internal.owners;

import io.synoptic.internal.procfs.FileName;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The cgroups there were at one time, by id. An id is the inode number of the cgroup's directory
 * ({@code kernfs_ino}), the same in every mount. Kept are a number, an index and a name each.
 *
 * <p>Users, services and containers may make cgroups in what was handed over to them: each has a
 * share, all together half of what root's own may be, and what they make never displaces root's.
 * Beyond a share only those are kept that were asked for.
 */
public final class CgroupTree {
  private static final int FILE_NAMES = 1024;
  private static final int NO_PARENT = -1;

  /** A descriptor is open for each level, and users may nest cgroups of their own. */
  private static final int DEPTH = 32;

  private final CgroupShares shares;
  private final Set<String> fileNames = new HashSet<>();
  private long[] ids = new long[256];
  private int[] parents = new int[256];
  private String[] names = new String[256];
  private boolean[] byRoot = new boolean[256];
  private int size;

  private CgroupTree(CgroupShares shares) {
    this.shares = shares;
  }

  /** No cgroup. */
  static CgroupTree empty() {
    return new CgroupTree(new CgroupShares(0, Set.of()));
  }

  /**
   * Walks the mounts. What vanishes meanwhile or can't be entered is left out.
   *
   * @param limit the most cgroups of root's to visit
   * @param wanted ids to find among many of others
   */
  public static CgroupTree read(List<CgroupMount> mounts, int limit, Set<Long> wanted) {
    CgroupTree tree = new CgroupTree(new CgroupShares(limit, wanted));
    for (CgroupMount mount : mounts) {
      tree.visitMount(mount);
    }
    tree.fileNames.clear();
    return tree;
  }

  /** Whether there were more than shares allow to visit. */
  boolean isCut() {
    return shares.areCut();
  }

  /** How many cgroups are known. */
  int size() {
    return size;
  }

  /** The path from the hierarchy's root, or null. */
  public @Nullable String path(long id) {
    int at = find(id);
    return at < 0 ? null : pathTo(at);
  }

  private String pathTo(int at) {
    StringBuilder path = new StringBuilder(names[at]);
    for (int i = parents[at]; i != NO_PARENT; i = parents[i]) {
      path.insert(0, '/').insert(0, names[i]);
    }
    return path.isEmpty() ? "/" : path.toString();
  }

  /** How much of the path of a cgroup that is known was named by root. */
  int rootsLength(long id) {
    int at = find(id);
    while (at != NO_PARENT && !byRoot[at]) {
      at = parents[at];
    }
    return at == NO_PARENT ? 0 : pathTo(at).length();
  }

  private int find(long id) {
    for (int i = 0; i < size; i++) {
      if (ids[i] == id) {
        return i;
      }
    }
    return -1;
  }

  /**
   * A cgroup whose children are visited.
   *
   * @param self its index, or that of the next above that is kept
   * @param prefix its name from there with a slash behind it, or empty
   * @param byRoot whether root names its children
   * @param share whose share the children are of
   */
  private record Parent(int self, String prefix, int rootUid, boolean byRoot, long share) {}

  private void visitMount(CgroupMount mount) {
    try {
      CgroupFolder folder = CgroupFolder.read(mount.directory());
      // A mount within one that was walked already adds nothing.
      if (folder != null && find(folder.id()) < 0 && shares.admits(CgroupShares.ROOTS)) {
        int self = add(folder.id(), mount.root(), NO_PARENT, true);
        visitChildren(
            mount.directory(),
            new Parent(self, "", folder.uid(), true, CgroupShares.ROOTS),
            DEPTH - 1);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Not for our eyes.
    }
  }

  /**
   * Visits what may be a cgroup, and those below.
   *
   * @param depth how many levels to go down
   * @return whether it is a directory
   */
  private boolean visit(Path path, String name, Parent parent, int depth) {
    try {
      CgroupFolder folder = CgroupFolder.read(path);
      if (folder == null) {
        return false;
      }
      if (shares.admits(parent.share)) {
        Parent self = keep(folder, name, parent);
        if (depth > 0 && folder.hasChildren()) {
          visitChildren(path, self, depth - 1);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Gone since, or not for our eyes.
    }
    return true;
  }

  private Parent keep(CgroupFolder folder, String name, Parent parent) {
    boolean roots = folder.uid() == parent.rootUid;
    long share = CgroupShares.below(parent.share, folder, name, roots);
    boolean childrenByRoot = parent.byRoot && roots;
    if (shares.mayKeep(parent.share, folder.id())) {
      int self = add(folder.id(), parent.prefix + name, parent.self, parent.byRoot);
      return new Parent(self, "", parent.rootUid, childrenByRoot, share);
    }
    String prefix = parent.prefix + name + "/";
    return new Parent(parent.self, prefix, parent.rootUid, childrenByRoot, share);
  }

  /**
   * Each cgroup has dozens of files. A name that was a file's once is not looked at again: the
   * kernel has few, and who makes a cgroup avoids them.
   */
  private void visitChildren(Path directory, Parent self, int depth) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = FileName.of(entry);
        if (!fileNames.contains(name)
            && !visit(entry, name, self, depth)
            && fileNames.size() < FILE_NAMES) {
          fileNames.add(name);
        }
      }
    }
  }

  private int add(long id, String name, int parent, boolean namedByRoot) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
      parents = Arrays.copyOf(parents, 2 * size);
      names = Arrays.copyOf(names, 2 * size);
      byRoot = Arrays.copyOf(byRoot, 2 * size);
    }
    ids[size] = id;
    parents[size] = parent;
    names[size] = name;
    byRoot[size] = namedByRoot;
    return size++;
  }
}
