package io.synoptic.internal.owners;

import io.synoptic.Owner;
import io.synoptic.internal.procfs.FileName;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * Names of pods and containers, from the names of the log files that the kubelet keeps on its node:
 * folders {@code pods/<namespace>_<pod>_<uid>} ({@code pkg/kubelet/kuberuntime/helpers.go}) and
 * links {@code containers/<pod>_<namespace>_<container>-<id>.log} ({@code legacy.go} beside it). No
 * Kubernetes name has an underscore in it. Nothing is opened and no link followed.
 */
final class PodNames {
  /** The kubelet makes the link after the container's start, so it may be missed at first. */
  private static final int TRIES = 5;

  private static final int ENTRIES = 4096;

  private final Path logs;
  private final LongSupplier clock;
  private final SearchLimiter<String> pace;
  private Map<String, String[]> pods = Map.of();
  private Map<String, String[]> containers = Map.of();

  /**
   * Names from a node's log folder, which need not be there.
   *
   * @param logs the folder that holds {@code pods} and {@code containers}
   * @param clock nanoseconds since whenever
   */
  PodNames(Path logs, LongSupplier clock) {
    this.logs = logs;
    this.clock = clock;
    pace = new SearchLimiter<>(TRIES, clock);
  }

  /** The owner, all names known; empty as long as one is missing. */
  Optional<Owner> complete(CgroupPath path) {
    String key = path.container().isEmpty() ? path.podUid() : path.container();
    Optional<Owner> owner = known(path);
    if (owner.isEmpty() && pace.isOpen(key) && pace.isDue()) {
      list();
      owner = known(path);
    }
    return owner;
  }

  /** The owner with the names that are known already. */
  Owner partial(CgroupPath path) {
    String[] pod = pods.getOrDefault(path.podUid(), new String[] {"", ""});
    return new Owner(path.unit(), path.shortContainer(), pod[0], pod[1]);
  }

  private Optional<Owner> known(CgroupPath path) {
    if (path.container().isEmpty()) {
      return pods.containsKey(path.podUid()) ? Optional.of(partial(path)) : Optional.empty();
    }
    return Optional.ofNullable(containers.get(path.container()))
        .map(names -> new Owner(path.unit(), names[2], names[1], names[0]));
  }

  private void list() {
    long start = clock.getAsLong();
    pods = read("pods", PodNames::addPod);
    containers = read("containers", PodNames::addContainer);
    pace.searched(clock.getAsLong() - start);
  }

  private Map<String, String[]> read(String folder, BiConsumer<String, Map<String, String[]>> add) {
    Map<String, String[]> found = new HashMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(logs.resolve(folder))) {
      for (Path entry : entries) {
        if (found.size() == ENTRIES) {
          break;
        }
        add.accept(FileName.of(entry), found);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Not a node, not mounted or not readable: what was found is what there is.
    }
    return found;
  }

  private static void addPod(String folder, Map<String, String[]> found) {
    String[] names = folder.split("_", 3);
    if (names.length == 3) {
      found.put(names[2], new String[] {names[0], names[1]});
    }
  }

  /**
   * A name that the kubelet has cut off at 255 characters lacks the end of its id: no owner is
   * known.
   */
  private static void addContainer(String link, Map<String, String[]> found) {
    int dash = link.lastIndexOf('-');
    int dot = link.lastIndexOf(".log");
    String[] names = link.substring(0, Math.max(dash, 0)).split("_", 3);
    if (names.length == 3 && dot > dash) {
      found.put(link.substring(dash + 1, dot), names);
    }
  }
}
