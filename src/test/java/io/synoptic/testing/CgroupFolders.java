package io.synoptic.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders that look like a cgroup hierarchy; a folder's inode number is its cgroup's id. */
public final class CgroupFolders {
  private final Path sysfs;
  private final Path root;

  /**
   * A hierarchy of one cgroup.
   *
   * @param place where it is in {@code sysfs}
   */
  public CgroupFolders(Path sysfs, String place) throws IOException {
    this.sysfs = sysfs;
    root = Files.createDirectories(sysfs.resolve(place));
    addFiles(root);
  }

  public Path sysfs() {
    return sysfs;
  }

  public Path root() {
    return root;
  }

  /** Makes a cgroup, and those above it, with the files that the kernel makes. */
  public long make(String path) throws IOException {
    Path directory = root;
    for (Path name : Path.of("/").relativize(Path.of(path))) {
      directory = directory.resolve(name);
      if (Files.notExists(directory)) {
        addFiles(Files.createDirectory(directory));
      }
    }
    return id(directory);
  }

  public static long id(Path directory) throws IOException {
    return (long) Files.getAttribute(directory, "unix:ino");
  }

  private static void addFiles(Path directory) throws IOException {
    for (String name : new String[] {"cgroup.controllers", "cgroup.procs", "memory.max"}) {
      Files.createFile(directory.resolve(name));
    }
  }
}
