package io.synoptic.agent;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.synoptic.SharedScanner;
import io.synoptic.SocketScanner;
import io.synoptic.Source;
import io.synoptic.agent.Options.Netns;
import io.synoptic.agent.now.HostName;
import io.synoptic.agent.now.NowDocuments;
import io.synoptic.agent.now.NowReader;
import io.synoptic.agent.now.Viewers;
import io.synoptic.agent.otlp.HeadersFile;
import io.synoptic.agent.otlp.OtlpPush;
import io.synoptic.agent.web.AddressUnavailableException;
import io.synoptic.agent.web.Answers;
import io.synoptic.agent.web.InvalidInputException;
import io.synoptic.agent.web.SystemdSocket;
import io.synoptic.agent.web.WebConfigFile;
import io.synoptic.agent.web.WebServer;
import io.synoptic.catalogue.MetricCatalogue;
import io.synoptic.findings.History;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The parts of the daemon, put together. */
final class Agent implements AutoCloseable {
  /** Compressed; a host of 20,000 listeners has 4 MiB. */
  private static final long MAX_BODY_BYTES = Runtime.getRuntime().maxMemory() / 16;

  /** Of this process; another may be the host's. */
  private static final Path PROCFS = Path.of("/proc");

  private final SharedScanner scanner;
  private final WebServer server;
  private final Supervision supervision;

  /** Of {@code --otlp.url}. */
  private final Optional<OtlpPush> push;

  private Agent(
      SharedScanner scanner, WebServer server, Supervision supervision, Optional<OtlpPush> push) {
    this.scanner = scanner;
    this.server = server;
    this.supervision = supervision;
    this.push = push;
  }

  /** Starts to serve, and returns when the first scan has ended, well or not. */
  static Agent start(Options options) throws InvalidInputException, AddressUnavailableException {
    // First, so that a file that can't be used leaves nothing started.
    Optional<WebConfigFile> webConfig = Optional.empty();
    if (options.webConfigFile != null) {
      webConfig = Optional.of(WebConfigFile.open(options.webConfigFile));
    }
    Optional<SystemdSocket> inherited =
        options.systemdSocket ? Optional.of(SystemdSocket.inherited()) : Optional.empty();
    History history = new History();
    SharedScanner.Builder settings =
        SharedScanner.builder(
                SocketScanner.builder()
                    .source(options.netns == Netns.all ? Source.AUTO : options.source)
                    .timeout(options.timeout)
                    .procfs(options.procfs)
                    .build())
            .collectors(options.collectors())
            .minInterval(options.minInterval)
            .cpuBudget(options.scanCpuBudget / 100)
            .listenerInterval(options.listenerInterval)
            .maxListenerGroups(options.maxListenerGroups())
            .includedPorts(options.includedPorts)
            .maxOwners(options.maxOwners())
            .maxNamespaces(options.maxNamespaces)
            .sysfs(options.sysfs)
            .logs(options.logs)
            .onReport(history::add);
    options.everyNamespace().ifPresent(settings::everyNamespace);
    SharedScanner scanner = settings.build();
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Map<String, Exposition> expositions = new HashMap<>();
    Exposition exposition =
        new Exposition(
            registry.getPrometheusRegistry(),
            ReportCollector.all(
                new CatalogueCollector(MetricCatalogue.families(), options.netnsDetail()),
                new ProcessFigures(PROCFS)),
            options.maxAge,
            MAX_BODY_BYTES);
    exposition.register(registry);
    expositions.put(options.telemetryPath, exposition);
    if (options.nodeExporterNames) {
      expositions.put(
          options.telemetryPath + Pages.NODE_EXPORTER,
          new Exposition(
              new PrometheusRegistry(),
              new NodeExporterCollector(options.procfs),
              options.maxAge,
              MAX_BODY_BYTES));
    }
    Viewers viewers = new Viewers(scanner);
    NowReader.Settings shown =
        new NowReader.Settings(
            HostName.read(PROCFS), options.netns.name(), options.portsPage, options.maxAge);
    webConfig.ifPresent(file -> file.register(registry));
    Answers answers = new Answers(registry);
    ProbePages probes =
        new ProbePages(
            scanner,
            new ScanHealth(scanner, options.longestScan()),
            exposition::isWhole,
            options.maxAge,
            answers);
    WebServer server =
        WebServer.start(
            inherited.map(SystemdSocket::addresses).orElse(options.listenAddresses),
            inherited,
            new Pages(
                options.telemetryPath,
                scanner,
                expositions,
                options.portsPage,
                viewers,
                new NowDocuments(new NowReader(history, shown), viewers, MAX_BODY_BYTES),
                probes,
                answers,
                renderer()),
            new WebServer.Probes(options.probeAddresses, probes),
            options.telemetryPath,
            answers,
            registry,
            webConfig);
    scanner.fresh().join();
    startTimer();
    Optional<OtlpPush> push =
        options.otlpUrl == null ? Optional.empty() : Optional.of(push(options, scanner, registry));
    return new Agent(
        scanner, server, Supervision.start(scanner, server.url(), options.maxAge), push);
  }

  private static OtlpPush push(Options options, SharedScanner scanner, MeterRegistry health) {
    OtlpPush.Settings settings =
        new OtlpPush.Settings(
            options.otlpUrl,
            options.otlpInterval,
            Optional.ofNullable(options.otlpHeadersFile).map(HeadersFile::new),
            HostName.read(PROCFS),
            options.netns == Netns.all,
            options.netnsDetail()::shows);
    return OtlpPush.start(settings, scanner, health);
  }

  /** Neither the scanning thread nor the JDK's timer has time to render. */
  static Executor renderer() {
    ThreadPoolExecutor renderer =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "synoptic-render");
              thread.setDaemon(true);
              return thread;
            });
    renderer.prestartAllCoreThreads();
    return renderer;
  }

  /**
   * The JDK's, which ends the waiting for a scan. It starts when it is first used, as all other
   * threads of the agent have done by now: later there may be none to be had.
   */
  private static void startTimer() {
    new CompletableFuture<Void>().completeOnTimeout(null, 0, TimeUnit.NANOSECONDS).join();
  }

  /** Where the metrics are, for someone on this machine. */
  String url() {
    return server.url();
  }

  @Override
  public void close() {
    supervision.close();
    if (push.isPresent()) { // a reference to its method would load it
      push.get().close();
    }
    server.close();
    scanner.close();
  }
}
