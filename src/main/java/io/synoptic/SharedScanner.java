package io.synoptic;

import io.synoptic.internal.Scan;
import io.synoptic.internal.ScanLog;
import io.synoptic.internal.ScanPacer;
import io.synoptic.micrometer.SocketMetrics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One scan for all who ask at the same time. A request starts a scan if the last one ended longer
 * ago than the minimal interval; a request that comes while it runs gets its result. No request can
 * cancel a scan, and one that fails keeps the last good figures. Where scans would take more of a
 * core than they may ({@link Builder#cpuBudget}), there are fewer, and requests get the last
 * figures.
 *
 * <p>Scans run on one daemon thread of this object's own, which yields to every other (nice 10): a
 * scan is a second of CPU on a host of a million sockets, and no other program has to wait for it.
 */
public final class SharedScanner implements AutoCloseable {
  private final UnaryOperator<ScanReport> scan;
  private final Runnable atEnd;
  private final Consumer<ScanReport> onReport;
  private final long minIntervalNanos;
  private final Optional<ScanPacer> pacer;
  private final ExecutorService executor;

  private @Nullable CompletableFuture<ScanReport> running;
  private boolean closed;
  private boolean scanned;
  private long startedNanos;
  private long endedNanos;
  private long postponedNanos;
  private volatile ScanReport latest;

  private SharedScanner(Builder builder, Scan scan) {
    this(
        ScanReport.empty(builder.collectors),
        scan,
        builder.scanner.scanner()::yieldToOthers,
        scan::close,
        builder.onReport,
        builder.minInterval,
        builder.pacer(scan));
  }

  /**
   * Shares the scans of {@code scan}, which makes the next report of the latest one.
   *
   * @param atStart what the scanning thread does first
   * @param atEnd what closing does last
   * @param onReport gets each report before who waits for it
   * @param pacer what keeps them within their CPU time; empty if that has no bound
   */
  SharedScanner(
      ScanReport first,
      UnaryOperator<ScanReport> scan,
      Runnable atStart,
      Runnable atEnd,
      Consumer<ScanReport> onReport,
      Duration minInterval,
      Optional<ScanPacer> pacer) {
    this.scan = scan;
    this.atEnd = atEnd;
    this.onReport = onReport;
    this.minIntervalNanos = minInterval.toNanos();
    this.pacer = pacer;
    latest = first;
    executor = Executors.newSingleThreadExecutor(task -> scanThread(atStart, task));
  }

  /** Shares the scans of {@code scanner}: all collectors, a second apart, no sampler. */
  public static Builder builder(SocketScanner scanner) {
    return new Builder(scanner);
  }

  /**
   * Shares scans of any kind: for tests of what reads reports.
   *
   * @param first the report before the first scan
   * @param scan makes the next report of the latest one
   */
  public static SharedScanner of(
      ScanReport first, UnaryOperator<ScanReport> scan, Duration minInterval) {
    return new SharedScanner(
        first, scan, () -> {}, () -> {}, report -> {}, minInterval, Optional.empty());
  }

  private static Thread scanThread(Runnable atStart, Runnable task) {
    Thread thread =
        new Thread(
            () -> {
              runQuietly(atStart);
              task.run();
            },
            "synoptic-scan");
    thread.setDaemon(true);
    return thread;
  }

  /** Whatever it throws must not cost a scan, nor who waits for it. */
  private static void runQuietly(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      // A scan is right without it.
    }
  }

  /** What is known now, without a scan. */
  public ScanReport latest() {
    return latest;
  }

  /**
   * A report that is at most the minimal interval old: the latest one, or that of a scan which runs
   * already or starts now; an older one while the scans' CPU time is used up. The future never
   * fails; a scan's failure is in its report.
   *
   * @throws IllegalStateException after {@link #close}
   */
  public synchronized CompletableFuture<ScanReport> fresh() {
    if (closed) {
      throw new IllegalStateException("this SharedScanner is closed: it scans no more");
    }
    if (running != null) {
      return running.copy();
    }
    if (scanned && System.nanoTime() - endedNanos < minIntervalNanos) {
      return CompletableFuture.completedFuture(latest);
    }
    if (pacer.isPresent() && !pacer.get().admits()) {
      return CompletableFuture.completedFuture(postponed(pacer.get()));
    }
    CompletableFuture<ScanReport> next = new CompletableFuture<>();
    running = next;
    startedNanos = System.nanoTime();
    try {
      executor.execute(this::run);
    } catch (RuntimeException | Error e) { // no thread can be started
      end(latest, latest.failed(e, 0));
    }
    return next.copy();
  }

  /** The last figures, and that they are those because a scan was postponed. */
  private ScanReport postponed(ScanPacer by) {
    long now = System.nanoTime();
    ScanReport before = latest;
    if (!isExceeded(before) || now - postponedNanos >= minIntervalNanos) {
      postponedNanos = now;
      latest = before.with(by.state());
      if (!isExceeded(before)) {
        executor.execute(() -> runQuietly(() -> ScanLog.logBudget(latest)));
      }
    }
    return latest;
  }

  private static boolean isExceeded(ScanReport report) {
    return report.budget().filter(ScanBudget::isExceeded).isPresent();
  }

  /**
   * How long the scan that runs now has taken so far; empty while none runs. One that takes much
   * longer than the timeout of the {@link SocketScanner} hangs: no scan starts until it ends.
   */
  public synchronized Optional<Duration> scanningFor() {
    return running == null
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(System.nanoTime() - startedNanos));
  }

  private void run() {
    ScanReport before = latest;
    long start = System.nanoTime();
    pacer.ifPresent(ScanPacer::begin);
    ScanReport next;
    try {
      next = scan.apply(before);
    } catch (RuntimeException | Error e) {
      // Those who wait get the failure, and the next scan can start.
      next = before.failed(e, System.nanoTime() - start);
    }
    end(before, pacer.map(ScanPacer::end).map(next::with).orElse(next));
  }

  private void end(ScanReport before, ScanReport next) {
    runQuietly(() -> ScanLog.logChanges(before, next));
    runQuietly(() -> onReport.accept(next));
    @Nullable CompletableFuture<ScanReport> done;
    synchronized (this) {
      scanned = true;
      endedNanos = System.nanoTime();
      latest = next;
      done = running;
      running = null;
    }
    if (done != null) {
      done.complete(next);
    }
  }

  /**
   * Starts no more scans and ends the sampler. A scan that runs is left to its timeout, and who
   * waits for it gets its report.
   */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    executor.shutdown();
    atEnd.run();
  }

  /** What a {@link SharedScanner} scans, and how often. */
  public static final class Builder {
    private final SocketScanner scanner;
    private Set<Collector> collectors = EnumSet.complementOf(EnumSet.of(Collector.HANDSHAKES));
    private Duration minInterval = Duration.ofSeconds(1);
    private double cpuBudget;
    private Duration listenerInterval = Duration.ZERO;
    private int maxListenerGroups = 500;
    private PortSet includedPorts = PortSet.NONE;
    private int maxOwners = 200;
    private Optional<EveryNamespace> everyNamespace = Optional.empty();
    private int maxNamespaces = 1000;
    private Duration namespacePatience = Duration.ofSeconds(10);
    private Path sysfs = Path.of("/sys");
    private Path logs = Path.of("/var/log");
    private Consumer<ScanReport> onReport = report -> {};

    private Builder(SocketScanner scanner) {
      this.scanner = scanner;
    }

    /**
     * What is collected (default: all but {@link Collector#HANDSHAKES}); at least one. Without
     * {@link Collector#SOCKETS} a scan costs what the listeners cost, however many connections
     * there are. Handshakes take the other two, and a JVM that {@code synoptic-launcher} has
     * started.
     */
    public Builder collectors(Set<Collector> collectors) {
      if (collectors.isEmpty()) {
        throw new IllegalArgumentException("at least one collector must be on");
      }
      this.collectors = EnumSet.copyOf(collectors);
      return this;
    }

    /** From the end of a scan to the start of the next, at least (default: 1 second). */
    public Builder minInterval(Duration minInterval) {
      this.minInterval = minInterval;
      return this;
    }

    /**
     * How much of a core scans may take, on average; 0, the default, is no bound. Where they would
     * take more, there are fewer, and {@link ScanReport#budget} says so. The sampler and other
     * namespaces without bpf have bounds of their own, which come on top.
     */
    public Builder cpuBudget(double coreShare) {
      if (!(coreShare >= 0 && coreShare <= 1)) {
        throw new IllegalArgumentException("cpuBudget must be from 0 to 1: " + coreShare);
      }
      this.cpuBudget = coreShare;
      return this;
    }

    private Optional<ScanPacer> pacer(Scan scan) {
      return cpuBudget == 0
          ? Optional.empty()
          : Optional.of(
              new ScanPacer(
                  cpuBudget,
                  System::nanoTime,
                  () -> scanner.scanner().cpuNanos() - scan.budgetedNanos()));
    }

    /**
     * How often the sampler reads the accept queues between scans, at most; it takes a hundredth of
     * a core at most. 0, the default, is never: peaks and seconds are unknown then.
     */
    public Builder listenerInterval(Duration listenerInterval) {
      this.listenerInterval = listenerInterval;
      return this;
    }

    /** How many listener groups have labels of their own; the rest share one (default: 500). */
    public Builder maxListenerGroups(int maxListenerGroups) {
      if (maxListenerGroups < 0) {
        throw new IllegalArgumentException("maxListenerGroups must be 0 or more");
      }
      this.maxListenerGroups = maxListenerGroups;
      return this;
    }

    /**
     * Ports that have a group of their own from the start, though the kernel may give them out as
     * ephemeral ports (default: none). Others of that kind share a group for 10 minutes.
     */
    public Builder includedPorts(PortSet includedPorts) {
      this.includedPorts = includedPorts;
      return this;
    }

    /**
     * How many owners of connections, inbound and outbound by themselves, have labels of their own;
     * the rest together (default: 200).
     */
    public Builder maxOwners(int maxOwners) {
      if (maxOwners < 0) {
        throw new IllegalArgumentException("maxOwners must be 0 or more");
      }
      this.maxOwners = maxOwners;
      return this;
    }

    /**
     * Scans every network namespace of the host, not this process' own alone (the default). Then
     * {@link Collector#SOCKETS} must be on, and listener groups and owners are those of the whole
     * host. {@link SocketMetrics} shows the own namespace all the same.
     */
    public Builder everyNamespace(EveryNamespace settings) {
      everyNamespace = Optional.of(settings);
      return this;
    }

    /**
     * How many network namespaces are shown besides the own one (default: 1,000). Pods' and those
     * with a name come first, then root's; of each other user's a tenth of so many at most.
     */
    public Builder maxNamespaces(int maxNamespaces) {
      if (maxNamespaces < 0) {
        throw new IllegalArgumentException("maxNamespaces must be 0 or more");
      }
      this.maxNamespaces = maxNamespaces;
      return this;
    }

    /**
     * How long a network namespace that is no pod's must have been there to be shown (default: 10
     * seconds): programs make some for a moment.
     */
    public Builder namespacePatience(Duration namespacePatience) {
      this.namespacePatience = namespacePatience;
      return this;
    }

    /** Where sysfs is mounted, whose cgroups name owners (default: {@code /sys}). */
    public Builder sysfs(Path sysfs) {
      this.sysfs = sysfs;
      return this;
    }

    /** The folder with the kubelet's logs, whose names are pods' (default: {@code /var/log}). */
    public Builder logs(Path logs) {
      this.logs = logs;
      return this;
    }

    /**
     * What gets each report, good or not, on the scanning thread and before who waits for it:
     * {@code history::add} of a {@code io.synoptic.findings.History}. What it throws is ignored.
     */
    public Builder onReport(Consumer<ScanReport> onReport) {
      this.onReport = onReport;
      return this;
    }

    /** Starts the sampler, if there is one; scans start when they are asked for. */
    public SharedScanner build() {
      if (everyNamespace.isPresent() && !collectors.contains(Collector.SOCKETS)) {
        throw new IllegalArgumentException("every namespace is scanned with its sockets or not");
      }
      if (collectors.contains(Collector.HANDSHAKES)
          && !collectors.containsAll(EnumSet.of(Collector.SOCKETS, Collector.LISTENERS))) {
        throw new IllegalArgumentException("handshakes are counted by listener and owner");
      }
      return new SharedScanner(
          this,
          new Scan(
              new Scan.Settings(
                  scanner.scanner(),
                  collectors,
                  listenerInterval,
                  maxListenerGroups,
                  includedPorts,
                  maxOwners,
                  everyNamespace,
                  maxNamespaces,
                  namespacePatience,
                  sysfs,
                  logs)));
    }
  }
}
