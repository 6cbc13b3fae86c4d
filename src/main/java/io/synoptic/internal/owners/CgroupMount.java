package io.synoptic.internal.owners;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A directory where the cgroup v2 hierarchy, or a part of it, can be looked at.
 *
 * @param directory where it is mounted
 * @param root which cgroup that is; {@code ""} for the whole hierarchy, and for what lies outside
 *     the cgroup namespace, where the kernel doesn't say
 */
public record CgroupMount(Path directory, String root) {
  private static final Pattern MOUNTINFO =
      Pattern.compile(
          "\\S+ \\S+ \\S+ (?<root>\\S+) (?<directory>\\S+) .*- cgroup2 .*", Pattern.MULTILINE);
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  /**
   * The mounts there are now: those of {@code sysfs} first, for they may be the host's where the
   * others are a container's own.
   */
  static List<CgroupMount> find(Path sysfs, Path procfs) {
    Map<Path, String> mounted = mounted(procfs);
    Map<Path, String> mounts = new LinkedHashMap<>();
    // Unified, and hybrid: beside the version 1 hierarchies.
    for (String usual : List.of("fs/cgroup", "fs/cgroup/unified")) {
      Path directory = sysfs.resolve(usual);
      if (Files.exists(directory.resolve("cgroup.controllers"))) {
        mounts.put(directory, mounted.getOrDefault(directory, ""));
      }
    }
    mounted.forEach(mounts::putIfAbsent);
    List<CgroupMount> found = new ArrayList<>();
    mounts.forEach((directory, root) -> found.add(new CgroupMount(directory, root)));
    return found;
  }

  /** What {@code fs/proc_namespace.c} shows of cgroup2, by mount point. */
  private static Map<Path, String> mounted(Path procfs) {
    Map<Path, String> mounted = new LinkedHashMap<>();
    try {
      Matcher line = MOUNTINFO.matcher(text(procfs.resolve("self/mountinfo")));
      while (line.find()) {
        add(line.group("directory"), line.group("root"), mounted);
      }
    } catch (IOException e) {
      // The usual directories are left.
    }
    return mounted;
  }

  private static void add(String directory, String root, Map<Path, String> mounted) {
    try {
      mounted.put(Path.of(unescape(directory)), root(root));
    } catch (InvalidPathException e) {
      // It has a name that the locale has no characters for: the others are left.
    }
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  /** {@code /../..} leads out of the cgroup namespace, to where no name is known. */
  private static String root(String escaped) {
    return unescape(escaped).replaceFirst("^(/\\.\\.)+", "").replaceFirst("/$", "");
  }

  private static String unescape(String text) {
    return OCTAL
        .matcher(text)
        .replaceAll(
            m -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 8))));
  }
}
