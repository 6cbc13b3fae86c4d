package io.synoptic.agent.command;

import io.synoptic.Collector;
import io.synoptic.EveryNamespace;
import io.synoptic.NamespaceFilter;
import io.synoptic.PortSet;
import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import io.synoptic.SocketScanner;
import io.synoptic.Source;
import io.synoptic.agent.now.HostName;
import io.synoptic.agent.now.Now;
import io.synoptic.agent.now.NowReader;
import io.synoptic.findings.History;
import io.synoptic.internal.procfs.Messages;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Scans of this process's own, while the command runs. */
final class OwnScans implements NowSource {
  /** To who is not root. */
  static final String NAMES_ARE_MISSING =
      "Names of other users' processes are missing: reading them takes root; start this with sudo.";

  private static final Path PROCFS = Path.of("/proc");
  private static final Duration SAMPLES = Duration.ofMillis(250);
  private static final Duration BETWEEN_SCANS = Duration.ofMillis(500);
  private static final Duration MAX_AGE = Duration.ofMinutes(2);
  private static final double CORE_SHARE = 0.05;
  private static final int PLACES = 5000;

  private final SharedScanner scanner;
  private final NowReader reader;
  private final MetricsWriter metrics;
  private final List<String> notes = new ArrayList<>();

  private OwnScans(SharedScanner scanner, NowReader reader, MetricsWriter metrics) {
    this.scanner = scanner;
    this.reader = reader;
    this.metrics = metrics;
  }

  /** Scans that begin when they are asked for. */
  static OwnScans open(
      HostOptions options,
      MetricsWriter metrics,
      Map<String, String> environment,
      List<String> notes)
      throws UnavailableException {
    History history = new History();
    try {
      SharedScanner.Builder settings =
          SharedScanner.builder(SocketScanner.builder().build())
              .collectors(collectors(options))
              .minInterval(BETWEEN_SCANS)
              .listenerInterval(SAMPLES)
              .maxListenerGroups(PLACES)
              .maxOwners(PLACES)
              // Nobody waits ten minutes to see whether a port stays.
              .includedPorts(PortSet.parse("1-65535"))
              .namespacePatience(Duration.ZERO)
              .onReport(history::add);
      if (options.wantsAll()) {
        settings.everyNamespace(new EveryNamespace(Source.AUTO, NamespaceFilter.ALL, CORE_SHARE));
      }
      String netns = options.wantsAll() ? "all" : "own";
      NowReader reader =
          new NowReader(
              history, new NowReader.Settings(HostName.read(PROCFS), netns, false, MAX_AGE));
      OwnScans scans = new OwnScans(settings.build(), reader, metrics);
      scans.notes.addAll(notes);
      scans.note(options, environment);
      return scans;
    } catch (RuntimeException | UnsatisfiedLinkError e) {
      throw new UnavailableException("this host can't be scanned: " + Messages.of(e));
    }
  }

  private static Set<Collector> collectors(HostOptions options) {
    Set<Collector> collectors = EnumSet.allOf(Collector.class);
    if (!options.handshakes) {
      collectors.remove(Collector.HANDSHAKES);
    }
    return collectors;
  }

  private void note(HostOptions options, Map<String, String> environment) {
    if (!environment.containsKey("SYNOPTIC_PROCESSES")) {
      notes.add(NAMES_ARE_MISSING);
    }
    if (options.wantsAll() && !environment.containsKey("SYNOPTIC_BPF")) {
      notes.add(
          "Other network namespaces are read one after the other, those of own processes alone"
              + " unless this is root: one pass over all of them takes root and Linux 6.2.");
    }
  }

  @Override
  public Now read() {
    return reader.read(scan(), 1);
  }

  private ScanReport scan() {
    return scanner.fresh().join();
  }

  @Override
  public void writeMetrics(OutputStream to) throws IOException {
    metrics.write(scan(), to);
  }

  @Override
  public String origin() {
    return "by scans of its own";
  }

  @Override
  public List<String> notes() {
    return List.copyOf(notes);
  }

  @Override
  public void close() {
    scanner.close();
  }
}
