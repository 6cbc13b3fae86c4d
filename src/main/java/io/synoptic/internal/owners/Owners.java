package io.synoptic.internal.owners;

import io.synoptic.Owner;
import io.synoptic.internal.procfs.KernelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says whose a socket is by the id of the cgroup it was made in. Remembers as long as it is asked:
 * a service that was stopped is still the owner of the sockets it left.
 *
 * <p>Reads directories, so ask from a thread that may wait: a walk of 2,000 cgroups takes tens of
 * milliseconds, and comes at most once in five seconds. Needs no privilege.
 */
public final class Owners {
  private static final int REMEMBERED = 8192;

  /** A path is kept for as long as a name is missing. */
  private record CachedOwner(Owner owner, @Nullable CgroupPath incomplete) {}

  private final Path procfs;
  private final CgroupIndex cgroups;
  private final PodNames names;
  private final Map<Long, CachedOwner> known = BoundedMap.leastRecentlyUsed(REMEMBERED);

  /**
   * Owners on the host whose file systems are given.
   *
   * @param sysfs where sysfs is mounted, usually {@code /sys}
   * @param procfs where procfs is mounted, usually {@code /proc}
   * @param logs the kubelet's log folder, usually {@code /var/log}; need not exist
   */
  public Owners(Path sysfs, Path procfs, Path logs) {
    this(sysfs, procfs, logs, System::nanoTime);
  }

  public Owners(Path sysfs, Path procfs, Path logs, LongSupplier clock) {
    this.procfs = procfs;
    cgroups = new CgroupIndex(sysfs, procfs, clock);
    names = new PodNames(logs, clock);
  }

  /**
   * The owner of the sockets made in a cgroup, {@link Owner#NONE} if it is not known.
   *
   * @param cgroupId as {@code INET_DIAG_CGROUP_ID} has it; 0 if the kernel has none
   */
  public synchronized Owner of(long cgroupId) {
    if (cgroupId == 0) {
      return Owner.NONE;
    }
    CachedOwner before = known.get(cgroupId);
    if (before != null && before.incomplete() == null) {
      return before.owner();
    }
    CgroupPath path = before != null ? before.incomplete() : cgroups.find(cgroupId);
    if (path == null) {
      return Owner.NONE;
    }
    CachedOwner now = known(path, before);
    known.put(cgroupId, now);
    return now.owner();
  }

  /** The pod that a process is in, {@link Owner#NONE} if it is in none whose name is known. */
  public synchronized Owner podOf(int pid) {
    // The first process is often in a container without a log, for it only holds the pod.
    return podUid(pid)
        .flatMap(uid -> names.complete(new CgroupPath("", "", uid)))
        .orElse(Owner.NONE);
  }

  /** A line each for cgroup v2 and for the hierarchies of version 1: {@code 0::/kubepods/...}. */
  private Optional<String> podUid(int pid) {
    try {
      return KernelFile.text(procfs.resolve(pid + "/cgroup"))
          .lines()
          .map(line -> line.split(":", 3))
          .filter(fields -> fields.length == 3)
          .map(fields -> cgroups.read(fields[2]).podUid())
          .filter(uid -> !uid.isEmpty())
          .findFirst();
    } catch (IOException e) {
      return Optional.empty(); // it has ended
    }
  }

  private CachedOwner known(CgroupPath path, @Nullable CachedOwner before) {
    if (path.podUid().isEmpty()) {
      return new CachedOwner(new Owner(path.unit(), path.shortContainer(), "", ""), null);
    }
    return names
        .complete(path)
        .map(owner -> new CachedOwner(owner, null))
        .orElseGet(
            () ->
                before != null && !before.owner().pod().isEmpty()
                    ? before
                    : new CachedOwner(names.partial(path), path));
  }
}
