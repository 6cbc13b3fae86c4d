package io.synoptic.internal.netns;

import io.synoptic.NamespaceFilter;
import io.synoptic.NetworkNamespace;
import io.synoptic.Owner;
import io.synoptic.internal.owners.Owners;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How each network namespace is named, and whether it is shown. One other than this process' own
 * has no series before its pod's name is known, or it has been there for ten seconds: then it has
 * its names, and keeps them; whether it has a slot among those that are shown is up to {@link
 * NamespaceLimiter}. For one thread; times are of {@link System#nanoTime()}.
 */
public final class NamespaceTracker {
  /** The key of the one that this process lives in. */
  public static final long OWN = 0;

  private static final int ROOT = 0;

  static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

  private final long patience;

  /** Made when there is something to log: what never logs loads no logger. */
  private static final class Log {
    private static final Logger LOG = LoggerFactory.getLogger(NamespaceTracker.class);
  }

  private static final class Tracked {
    private final long since;
    private @Nullable NetworkNamespace name;
    private boolean wanted;
    private NamespaceLimiter.Rank rank = NamespaceLimiter.Rank.ROOTS;
    private @Nullable String user;

    Tracked(long since) {
      this.since = since;
    }
  }

  private final NamespaceFilter filter;
  private final Owners owners;
  private final NamedNamespaces named;
  private final int max;
  private final NamespaceLimiter limiter;
  private final Map<Long, Tracked> known = new HashMap<>();
  private final Set<String> taken = new HashSet<>();

  /** The first namespace of each pod, which is the pod's own. */
  private final Map<String, Long> pods = new HashMap<>();

  private boolean warned;

  /**
   * No namespace but the own.
   *
   * @param filter which of the others are shown
   * @param owners who knows the pods
   * @param folder where names are, usually {@code /run/netns}; need not exist
   * @param max how many of the others are shown
   */
  public NamespaceTracker(NamespaceFilter filter, Owners owners, Path folder, int max) {
    this(filter, owners, folder, max, Duration.ofNanos(PATIENCE));
  }

  /**
   * The same.
   *
   * @param patience how long one that is no pod's must have been there to be shown
   */
  public NamespaceTracker(
      NamespaceFilter filter, Owners owners, Path folder, int max, Duration patience) {
    this.patience = patience.toNanos();
    this.filter = filter;
    this.owners = owners;
    this.max = max;
    named = new NamedNamespaces(folder);
    limiter = new NamespaceLimiter(max);
  }

  /** The names of a namespace that was scanned at {@code now}; empty as long as it isn't shown. */
  public Optional<NetworkNamespace> name(NamespaceScanner.Scanned scanned, long now) {
    if (scanned.key() == OWN) {
      return Optional.of(NetworkNamespace.OWN);
    }
    Tracked namespace = known.computeIfAbsent(scanned.key(), missing -> new Tracked(now));
    NetworkNamespace name = namespace.name;
    if (name == null) {
      Owner pod = pod(scanned);
      if (pod.pod().isEmpty() && now - namespace.since < patience) {
        return Optional.empty();
      }
      name = name(namespace, scanned, pod, now);
    }
    return namespace.wanted && limiter.take(scanned.key(), namespace.rank, namespace.user, now)
        ? Optional.of(name)
        : Optional.empty();
  }

  private NetworkNamespace name(
      Tracked namespace, NamespaceScanner.Scanned scanned, Owner pod, long now) {
    Optional<String> mounted = named.of(scanned.inode(), now).filter(name -> !taken.contains(name));
    NetworkNamespace name =
        new NetworkNamespace(mounted.orElse(number(scanned)), pod.namespace(), pod.pod());
    taken.add(name.netns());
    namespace.name = name;
    namespace.wanted = filter.shows(name);
    rank(namespace, scanned, mounted.isPresent(), pod);
    return name;
  }

  /** In a pod its users may make others: these are not the pod's, and share what a user has. */
  private void rank(
      Tracked namespace, NamespaceScanner.Scanned scanned, boolean isNamed, Owner pod) {
    boolean roots = scanned.owner() == ROOT;
    String inPod = pod.namespace() + "/" + pod.pod();
    if (isNamed) {
      namespace.rank = NamespaceLimiter.Rank.NAMED;
    } else if (!roots) {
      namespace.rank = NamespaceLimiter.Rank.USERS;
      namespace.user = Integer.toUnsignedString(scanned.owner());
    } else if (pod.pod().isEmpty()) {
      namespace.rank = NamespaceLimiter.Rank.ROOTS;
    } else if (pods.computeIfAbsent(inPod, missing -> scanned.key()) == scanned.key()) {
      namespace.rank = NamespaceLimiter.Rank.NAMED;
    } else {
      namespace.rank = NamespaceLimiter.Rank.USERS;
      namespace.user = inPod;
    }
  }

  /**
   * That of a process in it. Sockets are asked only where there is none: who sets up networks opens
   * sockets in other pods' namespaces.
   */
  private Owner pod(NamespaceScanner.Scanned scanned) {
    if (scanned.pid() != 0) {
      return owners.podOf(scanned.pid());
    }
    return scanned.sockets().cgroups().stream()
        .map(cgroup -> owners.of(cgroup.cgroup().orElse(0)))
        .filter(owner -> !owner.pod().isEmpty())
        .findFirst()
        .orElse(Owner.NONE);
  }

  /** One without a name, or with the name of another: processes may stay in an unmounted one. */
  private static String number(NamespaceScanner.Scanned scanned) {
    return scanned.inode() == 0 ? "pid-" + scanned.pid() : Long.toString(scanned.inode());
  }

  /**
   * Forgets all others, after a scan that began at {@code now}.
   *
   * @return those that have a slot, and the own
   */
  public Set<Long> retain(Set<Long> alive, long now) {
    known
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !alive.contains(entry.getKey());
              NetworkNamespace name = entry.getValue().name;
              if (gone && name != null) {
                taken.remove(name.netns());
              }
              return gone;
            });
    pods.values().retainAll(alive);
    limiter.retain(alive, now);
    Set<Long> shown = new HashSet<>(limiter.holders());
    shown.add(OWN);
    return shown;
  }

  /** Those that would be shown if there were a slot for them. */
  public long withoutPlace() {
    long without =
        known.entrySet().stream()
            .filter(entry -> entry.getValue().wanted && !limiter.has(entry.getKey()))
            .count();
    if (without > 0 && !warned) {
      warned = true;
      Log.LOG.warn(
          "{} network namespaces have no series: {} may have (--netns.max), of which a"
              + " user other than root has a tenth; synoptic_unlisted_namespaces goes on counting",
          without,
          max);
    }
    return without;
  }

  /** How often the folder of names was listed. */
  int listings() {
    return named.listings();
  }
}
