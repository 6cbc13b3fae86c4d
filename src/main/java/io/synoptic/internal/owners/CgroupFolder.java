package io.synoptic.internal.owners;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a cgroup.
 *
 * @param id its inode number
 * @param uid whose it is: who may make others in it
 */
record CgroupFolder(long id, int uid, boolean hasChildren) {
  private static final int LEAF_LINKS = 2;

  /** Null if it is no directory. */
  static @Nullable CgroupFolder read(Path path) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(path, "unix:ino,nlink,uid,isDirectory", LinkOption.NOFOLLOW_LINKS);
    return attributes.get("isDirectory") instanceof Boolean directory
            && directory
            && attributes.get("ino") instanceof Long inode
            && attributes.get("uid") instanceof Integer uid
            && attributes.get("nlink") instanceof Integer links
        ? new CgroupFolder(inode, uid, links != LEAF_LINKS)
        : null;
  }
}
