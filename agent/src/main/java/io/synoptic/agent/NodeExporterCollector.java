package io.synoptic.agent;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.synoptic.Collector;
import io.synoptic.CollectorReport;
import io.synoptic.ScanReport;
import io.synoptic.internal.procfs.KernelFile;
import io.synoptic.internal.procfs.PageSize;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The names, kinds, labels and help texts of node_exporter's tcpstat, sockstat, netstat and uname
 * collectors, so that its dashboards and alerts keep working. The kernel's text is read once a
 * report.
 */
final class NodeExporterCollector implements ReportCollector {
  private static final Logger LOG = LoggerFactory.getLogger(NodeExporterCollector.class);

  private final Path procfs;
  private final PageSize pageSize;
  private final SnapshotFamilies families = new SnapshotFamilies();

  private ScanReport shown;
  private Set<Collector> shownFresh;
  private MetricSnapshots metrics = MetricSnapshots.of();
  private String failure = "";

  NodeExporterCollector(Path procfs) {
    this.procfs = procfs;
    pageSize = new PageSize(procfs);
  }

  /** Reads the metrics of one collector. */
  private interface Reading {
    List<MetricSnapshot> read() throws IOException;
  }

  /** What one round of all collectors comes to. */
  private static final class Round {
    /** By name: the client refuses a scrape that has one twice. */
    private final Map<String, MetricSnapshot> metrics = new LinkedHashMap<>();

    private final List<String> failures = new ArrayList<>();
    private final GaugeSnapshot.Builder duration =
        GaugeSnapshot.builder()
            .name("node_scrape_collector_duration_seconds")
            .help("node_exporter: Duration of a collector scrape.");
    private final GaugeSnapshot.Builder success =
        GaugeSnapshot.builder()
            .name("node_scrape_collector_success")
            .help("node_exporter: Whether a collector succeeded.");

    void read(String collector, Reading reading) {
      long start = System.nanoTime();
      boolean good = true;
      try {
        add(reading.read());
      } catch (IOException e) {
        failures.add(collector + ": " + KernelFile.why(e));
        good = false;
      }
      measured(collector, (System.nanoTime() - start) / 1e9, good);
    }

    void add(List<MetricSnapshot> more) {
      more.forEach(metric -> metrics.put(metric.getMetadata().getName(), metric));
    }

    void measured(String collector, double seconds, boolean good) {
      duration.dataPoint(point(collector, seconds));
      success.dataPoint(point(collector, good ? 1 : 0));
    }

    private static GaugeSnapshot.GaugeDataPointSnapshot point(String collector, double value) {
      return GaugeSnapshot.GaugeDataPointSnapshot.builder()
          .labels(Labels.of("collector", collector))
          .value(value)
          .build();
    }

    MetricSnapshots end() {
      add(List.of(duration.build(), success.build()));
      return new MetricSnapshots(metrics.values());
    }
  }

  @Override
  public synchronized List<Family> families(ScanReport report, Set<Collector> fresh) {
    show(report, fresh);
    return families.of(metrics);
  }

  private void show(ScanReport report, Set<Collector> fresh) {
    if (report.equals(shown) && fresh.equals(shownFresh)) {
      return; // in another format
    }
    Round round = new Round();
    round.read("netstat", () -> NodeNetstat.read(procfs));
    round.read("sockstat", () -> NodeSockstat.read(procfs, pageSize));
    round.read("uname", () -> NodeUname.read(procfs));
    if (fresh.contains(Collector.SOCKETS)) {
      round.add(NodeTcpstat.of(report));
    }
    report
        .collector(Collector.SOCKETS)
        .ifPresent(now -> round.measured("tcpstat", scanSeconds(now), now.failure().isEmpty()));
    metrics = round.end();
    log(String.join("; ", round.failures));
    shown = report;
    shownFresh = fresh;
  }

  /** The mean of the scans since the report that was shown before. */
  private double scanSeconds(CollectorReport now) {
    Optional<CollectorReport> before =
        Optional.ofNullable(shown).flatMap(report -> report.collector(Collector.SOCKETS));
    double seconds = now.scanSeconds() - before.map(CollectorReport::scanSeconds).orElse(0.0);
    long scans = now.scans() - before.map(CollectorReport::scans).orElse(0L);
    return scans > 0 ? seconds / scans : 0;
  }

  /** One line when something changes, not one a scrape. */
  private void log(String next) {
    if (!next.isEmpty() && !next.equals(failure)) {
      LOG.warn("node_exporter's names are incomplete: {}", next);
    } else if (next.isEmpty() && !failure.isEmpty()) {
      LOG.info("node_exporter's names are complete again");
    }
    failure = next;
  }
}
