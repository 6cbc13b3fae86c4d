package io.synoptic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/**
 * The directory of a cgroup.
 *
 * @param id its inode number
 * @param uid whose it is: who may make others in it
 */
record CgroupFolder(long id, int uid, boolean hasChildren) {
  private static final int LEAF_LINKS = 2;

  /** Null if it is no directory. */
  static CgroupFolder read(Path path) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(path, "unix:ino,nlink,uid,isDirectory", LinkOption.NOFOLLOW_LINKS);
    return (boolean) attributes.get("isDirectory")
        ? new CgroupFolder(
            (long) attributes.get("ino"),
            (int) attributes.get("uid"),
            (int) attributes.get("nlink") != LEAF_LINKS)
        : null;
  }
}
