package io.synoptic.internal.netns;

import io.synoptic.internal.procfs.FileName;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The network namespaces that have a name, by their numbers: listed once for all of a scan. */
public final class NamedNamespaces {
  private final Path folder;
  private Map<Long, String> names = Map.of();
  private long listed;
  private int listings;

  /**
   * Nothing listed yet.
   *
   * @param folder need not exist
   */
  public NamedNamespaces(Path folder) {
    this.folder = folder;
  }

  /**
   * The name of the namespace with this number, if it has one.
   *
   * @param scan when the scan began: what was listed for it is not listed again
   */
  public Optional<String> of(long inode, long scan) {
    if (inode == 0) {
      return Optional.empty();
    }
    if (listings == 0 || scan != listed) {
      names = list();
      listed = scan;
      listings++;
    }
    return Optional.ofNullable(names.get(inode));
  }

  private Map<Long, String> list() {
    Map<Long, String> found = new HashMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        add(file, found);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // None is named, or they are not for our eyes.
    }
    return found;
  }

  /** One that is gone meanwhile says nothing of the others. */
  private static void add(Path file, Map<Long, String> found) {
    try {
      found.putIfAbsent((long) Files.getAttribute(file, "unix:ino"), FileName.of(file));
    } catch (IOException e) {
      // It has been deleted since.
    }
  }

  /** How often the folder was listed. */
  int listings() {
    return listings;
  }
}
