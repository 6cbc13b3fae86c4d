package io.synoptic;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The cgroups there were at one time, by id. An id is the inode number of the cgroup's directory
 * ({@code kernfs_ino}), the same in every mount. Kept are a number, an index and a name each.
 */
final class CgroupTree {
  private static final int FILE_NAMES = 1024;
  private static final int NO_PARENT = -1;
  private static final int LEAF_LINKS = 2;

  /** A descriptor is open for each level, and users may nest cgroups of their own. */
  private static final int DEPTH = 32;

  private final int limit;
  private final Set<String> fileNames = new HashSet<>();
  private long[] ids = new long[256];
  private int[] parents = new int[256];
  private String[] names = new String[256];
  private int size;

  private CgroupTree(int limit) {
    this.limit = limit;
  }

  /** No cgroup. */
  static CgroupTree empty() {
    return new CgroupTree(0);
  }

  /**
   * Walks the mounts. What vanishes meanwhile or can't be entered is left out.
   *
   * @param limit the most cgroups to visit
   */
  static CgroupTree read(List<CgroupMount> mounts, int limit) {
    CgroupTree tree = new CgroupTree(limit);
    for (CgroupMount mount : mounts) {
      tree.visit(mount.directory(), mount.root(), NO_PARENT, DEPTH);
    }
    tree.fileNames.clear();
    return tree;
  }

  /** How many cgroups are known. */
  int size() {
    return size;
  }

  /** The path from the hierarchy's root, or null. */
  String path(long id) {
    int at = find(id);
    if (at < 0) {
      return null;
    }
    StringBuilder path = new StringBuilder(names[at]);
    for (int i = parents[at]; i != NO_PARENT; i = parents[i]) {
      path.insert(0, '/').insert(0, names[i]);
    }
    return path.isEmpty() ? "/" : path.toString();
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
   * Visits what may be a cgroup, and those below.
   *
   * @param depth how many levels to go down
   * @return whether it is a directory
   */
  private boolean visit(Path path, String name, int parent, int depth) {
    try {
      Map<String, Object> attributes =
          Files.readAttributes(path, "unix:ino,nlink,isDirectory", LinkOption.NOFOLLOW_LINKS);
      if (!(boolean) attributes.get("isDirectory")) {
        return false;
      }
      long id = (long) attributes.get("ino");
      // A mount within one that was walked already adds nothing.
      if (size < limit && (parent != NO_PARENT || find(id) < 0)) {
        int self = add(id, name, parent);
        if (depth > 0 && (int) attributes.get("nlink") != LEAF_LINKS) {
          visitChildren(path, self, depth - 1);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Gone since, or not for our eyes.
    }
    return true;
  }

  /**
   * Each cgroup has dozens of files. A name that was a file's once is not looked at again: the
   * kernel has few, and whoever makes a cgroup keeps clear of them.
   */
  private void visitChildren(Path directory, int self, int depth) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (size == limit) {
          return;
        }
        if (!fileNames.contains(name)
            && !visit(entry, name, self, depth)
            && fileNames.size() < FILE_NAMES) {
          fileNames.add(name);
        }
      }
    }
  }

  private int add(long id, String name, int parent) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
      parents = Arrays.copyOf(parents, 2 * size);
      names = Arrays.copyOf(names, 2 * size);
    }
    ids[size] = id;
    parents[size] = parent;
    names[size] = name;
    return size++;
  }
}
