package io.synoptic.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.synoptic.Collector;
import io.synoptic.NetworkNamespace;
import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import io.synoptic.SocketScanner;
import io.synoptic.catalogue.MetricCatalogue;
import io.synoptic.catalogue.MetricFamily;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The metric catalogue as Micrometer meters.
 *
 * <pre>{@code
 * new SocketMetrics().bindTo(registry);
 * }</pre>
 *
 * In a Spring Boot application, declare it as a bean. Reading a meter scans the sockets if the last
 * scan is more than a second old, and waits for it {@value #MAX_WAIT_SECONDS} seconds at most;
 * then, and when a scan fails, the last good figures stay for two minutes, and leave. On a system
 * where libsynoptic can't be loaded no meter is registered.
 *
 * <p>The figures are those of the network namespace this program lives in, not of it alone.
 */
public final class SocketMetrics implements MeterBinder, AutoCloseable {
  static final int MAX_WAIT_SECONDS = 1;
  private static final Duration MAX_AGE = Duration.ofMinutes(2);

  private record Value(long count, double value) {}

  private record Binding(MeterRegistry registry, Map<MeterRow, Meter> meters) {}

  private final @Nullable SharedScanner scanner;

  /** Whether it was made here: what was passed in is closed by who has made it. */
  private final boolean ownsScanner;

  private final List<MetricFamily> families;
  private final Tags commonTags;
  private final boolean everyNamespace;
  private final List<Binding> bindings = new ArrayList<>();
  private @Nullable CompletableFuture<ScanReport> awaited;
  private long awaitedUntil;
  private @Nullable ScanReport shown;
  private Set<Collector> shownFresh = Set.of();
  private volatile Map<MeterRow, Value> values = Map.of();

  /** Meters of a scanner with default settings. */
  public SocketMetrics() {
    this(builder());
  }

  /** Meters of a scanner with default settings, each with these tags beside its own. */
  public SocketMetrics(Iterable<Tag> tags) {
    this(builder().tags(tags));
  }

  /** Meters of {@code scanner}. */
  public SocketMetrics(SocketScanner scanner) {
    this(
        SharedScanner.builder(scanner).build(),
        true,
        MetricCatalogue.families(),
        Tags.empty(),
        false);
  }

  /** Meters of {@code scanner}, which {@link #close} leaves open. */
  public SocketMetrics(SharedScanner scanner) {
    this(builder().scanner(scanner));
  }

  private SocketMetrics(Builder builder) {
    this(
        builder.scanner == null ? builder.defaultScanner() : builder.scanner,
        builder.scanner == null,
        builder.openTelemetryNames ? OpenTelemetryNames.families() : MetricCatalogue.families(),
        builder.tags,
        builder.everyNamespace);
  }

  private SocketMetrics(
      @Nullable SharedScanner scanner,
      boolean ownsScanner,
      List<MetricFamily> families,
      Tags commonTags,
      boolean everyNamespace) {
    this.scanner = scanner;
    this.ownsScanner = ownsScanner;
    this.families = families;
    this.commonTags = commonTags;
    this.everyNamespace = everyNamespace;
  }

  /** Meters with other than the default settings. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Registers the meters of Synoptic's own health, and those of the sockets when the first scan has
   * ended. The scan runs on the scanner's thread; this does not wait for it.
   */
  @Override
  public synchronized void bindTo(MeterRegistry registry) {
    if (scanner == null) {
      return;
    }
    Binding binding = new Binding(registry, new HashMap<>());
    bindings.add(binding);
    show(scanner.latest());
    reconcile(binding);
    try {
      // On another thread than the scanner's: a reader that waits for this scan holds the lock.
      Future<?> unused = scanner.fresh().thenAcceptAsync(this::show);
    } catch (IllegalStateException e) {
      // Closed by its owner: there will be no other report.
    }
  }

  /** Removes every meter from every registry, and closes the scanner if it was made here. */
  @Override
  public synchronized void close() {
    for (Binding binding : bindings) {
      binding.meters.values().forEach(binding.registry::remove);
    }
    bindings.clear();
    if (ownsScanner && scanner != null) {
      scanner.close();
    }
  }

  /** Brings the values up to date: one scan, however many meters are read meanwhile. */
  private synchronized void refresh() {
    if (scanner != null && !bindings.isEmpty()) {
      show(await(scanner));
    }
  }

  private synchronized void show(ScanReport report) {
    Set<Collector> fresh = report.fresh(MAX_AGE);
    if (bindings.isEmpty() || (report.equals(shown) && fresh.equals(shownFresh))) {
      return;
    }
    shown = report;
    shownFresh = fresh;
    Map<MeterRow, Value> next = new HashMap<>();
    for (MetricFamily family : families) {
      if (family.isData() && !fresh.contains(family.collector())) {
        continue;
      }
      family
          .rows()
          .read(
              report,
              (netns, count, value, labels) -> {
                if (everyNamespace || netns.equals(NetworkNamespace.OWN)) {
                  next.put(new MeterRow(family, netns, List.of(labels)), new Value(count, value));
                }
              });
    }
    values = next;
    bindings.forEach(this::reconcile);
  }

  /** Registers rows that have appeared and removes those that have gone; the others stay. */
  private void reconcile(Binding binding) {
    Set<MeterRow> gone = new HashSet<>(binding.meters.keySet());
    gone.removeAll(values.keySet());
    gone.forEach(row -> binding.registry.remove(binding.meters.remove(row)));
    for (MeterRow row : values.keySet()) {
      binding.meters.computeIfAbsent(row, r -> register(r, binding.registry));
    }
  }

  private ScanReport await(SharedScanner scanner) {
    CompletableFuture<ScanReport> fresh;
    try {
      fresh = scanner.fresh();
    } catch (IllegalStateException e) { // closed by who has passed it in
      return scanner.latest();
    }
    long now = System.nanoTime();
    if (awaited == null || awaited.isDone()) {
      awaited = fresh;
      awaitedUntil = now + TimeUnit.SECONDS.toNanos(MAX_WAIT_SECONDS);
    }
    try {
      return fresh.get(Math.max(0, awaitedUntil - now), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return scanner.latest();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return scanner.latest();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a shared scan's future doesn't fail", e);
    }
  }

  private Value read(MeterRow row) {
    refresh();
    return values.getOrDefault(row, new Value(0, Double.NaN));
  }

  /**
   * A meter holds what it measures weakly, so the functions hold this object instead: it lives as
   * long as the registry does, or until it is closed.
   */
  private Meter register(MeterRow row, MeterRegistry registry) {
    MetricFamily family = row.family();
    Tags tags = commonTags.and(row.tags(everyNamespace));
    String unit = family.unit().isEmpty() ? null : family.unit();
    return switch (family.kind()) {
      case GAUGE, INFO ->
          Gauge.builder(family.name(), this, metrics -> read(row).value)
              .description(family.help())
              .baseUnit(unit)
              .tags(tags)
              .register(registry);
      case COUNTER ->
          FunctionCounter.builder(family.name(), this, metrics -> read(row).value)
              .description(family.help())
              .baseUnit(unit)
              .tags(tags)
              .register(registry);
      case SUMMARY, HISTOGRAM ->
          FunctionTimer.builder(
                  family.name(),
                  this,
                  metrics -> read(row).count,
                  metrics -> read(row).value,
                  TimeUnit.SECONDS)
              .description(family.help())
              .tags(tags)
              .register(registry);
    };
  }

  /** How the meters are called, and what they read. */
  public static final class Builder {
    private @Nullable SharedScanner scanner;
    private Duration listenerInterval = Duration.ZERO;
    private Tags tags = Tags.empty();
    private boolean openTelemetryNames;
    private boolean everyNamespace;

    private Builder() {}

    /**
     * What the meters read, which {@link SocketMetrics#close} leaves open (default: a scanner with
     * default settings, which it closes).
     */
    public Builder scanner(SharedScanner scanner) {
      this.scanner = scanner;
      return this;
    }

    /**
     * Whether the meters have the names of OpenTelemetry's semantic conventions where there are any
     * (default: no). {@code synoptic.tcp.sockets} alone has one: {@code
     * system.network.connection.count}, with the tags {@code network.transport}, {@code
     * network.type} and {@code network.connection.state}. It replaces the other, and every other
     * meter keeps its name and its tags.
     *
     * <p>The meters are gauges, for Micrometer has no up-down counter that is read, and without the
     * convention's unit, which would become a part of the name in Prometheus.
     */
    public Builder openTelemetryNames(boolean openTelemetryNames) {
      this.openTelemetryNames = openTelemetryNames;
      return this;
    }

    /**
     * Whether every network namespace that the scanner reads has meters, with the tags {@code
     * netns}, {@code namespace} and {@code pod}, as the agent's series have them (default: no, its
     * own alone, without these tags). A scanner reads others with {@link
     * SharedScanner.Builder#everyNamespace}.
     */
    public Builder everyNamespace(boolean everyNamespace) {
      this.everyNamespace = everyNamespace;
      return this;
    }

    /**
     * How often the accept queues are looked at between scans, at most; it takes a hundredth of a
     * core at most (default: 0, never). Without it {@code
     * synoptic.tcp.listener.accept.queue.peak.utilization.ratio}, {@code ….full} and {@code
     * ….utilization} in seconds are absent, and alerts on them never fire. 250 milliseconds is what
     * the agent takes. Of a scanner that is passed in its own builder decides: {@link
     * SharedScanner.Builder#listenerInterval}.
     */
    public Builder listenerInterval(Duration listenerInterval) {
      if (listenerInterval.isNegative()) {
        throw new IllegalArgumentException("listenerInterval must be 0 or more");
      }
      this.listenerInterval = listenerInterval;
      return this;
    }

    /** Tags of every meter beside its own, which win (default: none). */
    public Builder tags(Iterable<Tag> tags) {
      this.tags = Tags.of(tags);
      return this;
    }

    private @Nullable SharedScanner defaultScanner() {
      return SocketScanner.isAvailable()
          ? SharedScanner.builder(SocketScanner.builder().build())
              .listenerInterval(listenerInterval)
              .build()
          : null;
    }

    /**
     * Meters as described.
     *
     * @throws IllegalStateException if there is a listener interval beside a scanner passed in
     */
    public SocketMetrics build() {
      if (scanner != null && !listenerInterval.isZero()) {
        throw new IllegalStateException(
            "listenerInterval is the scanner's: set it in SharedScanner.Builder");
      }
      return new SocketMetrics(this);
    }
  }
}
