package io.synoptic;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * How each network namespace is named, and whether it is shown. One other than this process' own
 * has no series before its pod's name is known, or it has been there for ten seconds: then it has
 * its names, and keeps them. For one thread; times are of {@link System#nanoTime()}.
 */
final class Namespaces {
  /** The key of the one that this process lives in. */
  static final long OWN = 0;

  static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

  private static final class Known {
    private final long since;
    private NetworkNamespace name;
    private boolean shown;

    Known(long since) {
      this.since = since;
    }
  }

  private final NamespaceFilter filter;
  private final Owners owners;
  private final Path folder;
  private final Map<Long, Known> known = new HashMap<>();

  /**
   * No namespace but the own.
   *
   * @param filter which of the others are shown
   * @param owners who knows the pods
   * @param folder where names are, usually {@code /run/netns}; need not exist
   */
  Namespaces(NamespaceFilter filter, Owners owners, Path folder) {
    this.filter = filter;
    this.owners = owners;
    this.folder = folder;
  }

  /** The names of a namespace that was scanned at {@code now}; empty as long as it isn't shown. */
  Optional<NetworkNamespace> name(NamespaceScanner.Scanned scanned, long now) {
    if (scanned.key() == OWN) {
      return Optional.of(NetworkNamespace.OWN);
    }
    Known namespace = known.computeIfAbsent(scanned.key(), missing -> new Known(now));
    if (namespace.name == null) {
      Owner pod = pod(scanned);
      if (!pod.pod().isEmpty() || now - namespace.since >= PATIENCE) {
        namespace.name = new NetworkNamespace(netns(scanned), pod.namespace(), pod.pod());
        namespace.shown = filter.shows(namespace.name);
      }
    }
    return namespace.shown ? Optional.of(namespace.name) : Optional.empty();
  }

  /**
   * That of a process in it. Sockets are asked only where there is none: who sets up networks opens
   * sockets in other pods' namespaces.
   */
  private Owner pod(NamespaceScanner.Scanned scanned) {
    if (scanned.pid() != 0) {
      return owners.podOf(scanned.pid());
    }
    return scanned.counts().cgroups().stream()
        .map(cgroup -> owners.of(cgroup.cgroup().orElse(0)))
        .filter(owner -> !owner.pod().isEmpty())
        .findFirst()
        .orElse(Owner.NONE);
  }

  private String netns(NamespaceScanner.Scanned scanned) {
    String number = scanned.inode() == 0 ? "pid-" + scanned.pid() : Long.toString(scanned.inode());
    String name = scanned.inode() == 0 ? number : mounted(scanned.inode()).orElse(number);
    Set<String> taken = new HashSet<>();
    known.values().stream()
        .filter(other -> other.name != null)
        .forEach(other -> taken.add(other.name.netns()));
    // A name may have been given to another while processes stayed in the first.
    return taken.contains(name) ? number : name;
  }

  private Optional<String> mounted(long inode) {
    try (DirectoryStream<Path> names = Files.newDirectoryStream(folder)) {
      for (Path name : names) {
        if (Files.getAttribute(name, "unix:ino").equals(inode)) {
          return Optional.of(name.getFileName().toString());
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // None is named, or they are not for our eyes.
    }
    return Optional.empty();
  }

  /** Forgets all others. */
  void retain(Set<Long> alive) {
    known.keySet().retainAll(alive);
  }
}
