package io.synoptic.agent;

import io.synoptic.BuildInfo;
import io.synoptic.Collector;
import io.synoptic.EveryNamespace;
import io.synoptic.NamespaceFilter;
import io.synoptic.PortSet;
import io.synoptic.Source;
import io.synoptic.agent.command.BadOption;
import io.synoptic.agent.command.DurationConverter;
import io.synoptic.agent.otlp.HeadersFile;
import io.synoptic.agent.otlp.PushUrl;
import io.synoptic.agent.web.InvalidInputException;
import io.synoptic.agent.web.ListenAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The command line. */
@Command(
    name = "synoptic",
    customSynopsis = "synoptic [options]",
    description = {
      "Shows every TCP connection of this host, in every state, to Prometheus.",
      "Needs no privilege; reads the network namespace it runs in, or every one of the host."
    },
    versionProvider = Options.Version.class,
    exitCodeListHeading = "Exit status%n",
    exitCodeList = {
      "0:It was stopped, or asked for its help or version.",
      "1:What failed may pass, such as an address that is not there yet.",
      "2:The command line, or a file that it names, can't be used.",
    },
    footerHeading = "Examples%n",
    footer = {
      "synoptic --web.listen-address=127.0.0.1:10119",
      "Serves this host's own network namespace. synoptic serve is the same.",
      "sudo synoptic --netns=all",
      "Serves every network namespace of the host; Java itself has no privilege.",
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class Options {
  private static final Path DEFAULT_SYSFS = Path.of("/sys");
  private static final Path DEFAULT_LOGS = Path.of("/var/log");

  /** 20,000 groups were scraped with 128 MiB, 60,000 were not. */
  private static final int HEAP_BYTES_PER_GROUP = 4096;

  /** Which network namespaces are read. */
  enum Netns {
    own,
    all
  }

  enum LogLevel {
    debug,
    info,
    warn,
    error
  }

  @Option(
      names = "--web.listen-address",
      paramLabel = "HOST:PORT",
      defaultValue = ":10119",
      converter = ListenAddress.Converter.class,
      description = "Where to serve; may be given several times (default: ${DEFAULT-VALUE}).")
  List<ListenAddress> listenAddresses;

  @Option(
      names = "--web.systemd-socket",
      description =
          "Serves on the socket that systemd passes (synoptic.socket), not on"
              + " --web.listen-address.")
  boolean systemdSocket;

  @Option(
      names = "--web.probe-address",
      paramLabel = "HOST:PORT",
      converter = ListenAddress.Converter.class,
      description =
          "Where to serve /-/healthy and /-/ready alone, without TLS and without a password,"
              + " for probes that can give none; may be given several times.")
  List<ListenAddress> probeAddresses = List.of();

  @Option(
      names = "--web.telemetry-path",
      paramLabel = "PATH",
      defaultValue = "/metrics",
      converter = TelemetryPathConverter.class,
      description = "Where the metrics are (default: ${DEFAULT-VALUE}).")
  String telemetryPath;

  @Option(
      names = "--web.config.file",
      paramLabel = "FILE",
      description =
          "TLS, users and passwords, and security headers: a YAML file in the format of Prometheus'"
              + " exporter-toolkit. It and the files it names are read again when they change.")
  Path webConfigFile;

  @Option(
      names = "--source",
      paramLabel = "SOURCE",
      defaultValue = "auto",
      converter = SourceConverter.class,
      completionCandidates = SourceLabels.class,
      description =
          "Where to read the sockets from: auto (the best that works), sock_diag, proc (dearer), or"
              + " bpf (with --netns=all; default: ${DEFAULT-VALUE}).")
  Source source;

  @Option(
      names = "--netns",
      paramLabel = "NETNS",
      defaultValue = "own",
      description =
          "Which network namespaces to read: own, or all of the host, with the labels netns,"
              + " namespace and pod. All takes CAP_BPF and CAP_PERFMON until Java starts, or else"
              + " sight of the other processes and much more CPU (default: ${DEFAULT-VALUE}).")
  Netns netns;

  @Option(
      names = "--netns.include",
      paramLabel = "GLOB",
      split = ",",
      converter = GlobConverter.class,
      description =
          "Shows only network namespaces that match: web-* their name, shop/* the namespace and name"
              + " of the pod; may be given several times. The agent's own is always shown.")
  List<String> includedNamespaces = List.of();

  @Option(
      names = "--netns.exclude",
      paramLabel = "GLOB",
      split = ",",
      converter = GlobConverter.class,
      description = "Leaves out network namespaces that match; may be given several times.")
  List<String> excludedNamespaces = List.of();

  @Option(
      names = "--netns.max",
      paramLabel = "NAMESPACES",
      defaultValue = "1000",
      converter = NumberConverter.Namespaces.class,
      description =
          "How many network namespaces besides the agent's own have series: pods' and those with a"
              + " name first, then root's; those of each other user have a tenth of the places at"
              + " most (default: ${DEFAULT-VALUE}).")
  int maxNamespaces;

  @Option(
      names = "--netns.detail",
      paramLabel = "DETAIL",
      description =
          "Which series the other network namespaces have: states (sockets by state, and what the"
              + " alerts on a namespace read), listeners (and each one's queues, drops and"
              + " connections), or all. Findings and the page see everything (default: all).")
  NetnsDetail netnsDetail;

  @Option(
      names = "--netns.cpu-budget",
      paramLabel = "PERCENT",
      defaultValue = "5",
      converter = NumberConverter.Percentage.class,
      description =
          "How much of a core to take for the other namespaces where there is no BPF: they are then"
              + " read one after the other (default: ${DEFAULT-VALUE}).")
  double netnsCpuBudget;

  @Option(
      names = "--scan.min-interval",
      paramLabel = "DURATION",
      defaultValue = "1s",
      converter = DurationConverter.Interval.class,
      description =
          "A scrape starts a scan if the last one ended longer ago than this, else it shares that"
              + " one's figures (default: ${DEFAULT-VALUE}).")
  Duration minInterval;

  @Option(
      names = "--scan.cpu-budget",
      paramLabel = "PERCENT",
      defaultValue = "5",
      converter = NumberConverter.Budget.class,
      description =
          "How much of a core scans may take, on average. Where they would take more, there are fewer"
              + " than scrapes, which get the last figures meanwhile. 0 or off is no bound (default:"
              + " ${DEFAULT-VALUE}).")
  double scanCpuBudget;

  @Option(
      names = "--scan.timeout",
      paramLabel = "DURATION",
      defaultValue = "60s",
      converter = DurationConverter.Limit.class,
      description = "A scan that takes longer has failed (default: ${DEFAULT-VALUE}).")
  Duration timeout;

  @Option(
      names = "--scan.max-age",
      paramLabel = "DURATION",
      defaultValue = "120s",
      converter = DurationConverter.Limit.class,
      description =
          "While scans fail the last good figures are shown for this long, then none (default:"
              + " ${DEFAULT-VALUE}).")
  Duration maxAge;

  @Option(
      names = "--collector.sockets",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description =
          "Counts all sockets by state. Without it a scan costs what the listeners cost, and no"
              + " connections are collected (default: on).")
  boolean collectSockets;

  @Option(
      names = "--collector.listeners",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Collects each listener's queues and drops (default: on).")
  boolean collectListeners;

  @Option(
      names = "--collector.counters",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description =
          "Collects the kernel's counters and limits of the network namespace (default: on).")
  boolean collectCounters;

  @Option(
      names = "--collector.handshakes",
      negatable = true,
      fallbackValue = "true",
      description =
          "Counts how connections begin and end, and how long handshakes take, with a BPF program"
              + " that runs with each of them. Takes CAP_BPF and CAP_PERFMON until Java starts"
              + " (default: off; on with --netns=all).")
  Boolean collectHandshakes;

  @Option(
      names = "--listener.interval",
      paramLabel = "DURATION",
      defaultValue = "250ms",
      converter = DurationConverter.Poll.class,
      description =
          "How often to look at the accept queues between scrapes, at most: it takes a hundredth of"
              + " a core and no more. 10ms to 500ms, or 0, which is never (default:"
              + " ${DEFAULT-VALUE}).")
  Duration listenerInterval;

  @Option(
      names = "--listener.max",
      paramLabel = "GROUPS",
      converter = NumberConverter.Groups.class,
      description =
          "How many groups of listeners (by address and port) have labels of their own; the rest is"
              + " counted together as \"other\" (default: 500; 5000 with --netns=all).")
  Integer maxListenerGroups;

  @Option(
      names = "--listener.include",
      paramLabel = "PORTS",
      converter = PortSetConverter.class,
      description =
          "Ports such as 8080,40000-40099 that have labels of their own from the start though they"
              + " lie in net.ipv4.ip_local_port_range; others there share"
              + " \"ephemeral\" until they have been seen for 10 minutes.")
  PortSet includedPorts = PortSet.NONE;

  @Option(
      names = "--owner.max",
      paramLabel = "OWNERS",
      converter = NumberConverter.Owners.class,
      description =
          "How many owners of connections (units and containers, inbound and outbound by themselves)"
              + " have labels of their own; the rest is counted together as \"other\" (default: 200;"
              + " 5000 with --netns=all).")
  Integer maxOwners;

  @Option(
      names = "--path.sysfs",
      paramLabel = "DIR",
      defaultValue = "/sys",
      description = "Where sysfs is mounted; its cgroups name owners (default: ${DEFAULT-VALUE}).")
  Path sysfs;

  @Option(
      names = "--path.logs",
      paramLabel = "DIR",
      defaultValue = "/var/log",
      description =
          "The folder with the kubelet's pods and containers folders, whose names are pods'; the"
              + " default need not exist (default: ${DEFAULT-VALUE}).")
  Path logs;

  @Option(
      names = "--ports.top",
      description =
          "Serves /ports, a page for people: the destinations that most local ports are in use"
              + " towards, with their addresses.")
  boolean portsPage;

  @Option(
      names = "--path.procfs",
      paramLabel = "DIR",
      defaultValue = "/proc",
      description = "Where procfs is mounted (default: ${DEFAULT-VALUE}).")
  Path procfs;

  @Option(
      names = "--compat.node-exporter",
      description =
          "Serves the names of node_exporter's tcpstat, sockstat, netstat and uname collectors as"
              + " well, below the metrics' path: /metrics/node-exporter.")
  boolean nodeExporterNames;

  @Option(
      names = "--otlp.url",
      paramLabel = "URL",
      converter = PushUrl.class,
      description =
          "Pushes the metrics as well, to a receiver of OTLP over HTTP such as"
              + " http://127.0.0.1:4318/v1/metrics (default: none).")
  URI otlpUrl;

  @Option(
      names = "--otlp.interval",
      paramLabel = "DURATION",
      defaultValue = "60s",
      converter = DurationConverter.Push.class,
      description = "How often to push (default: ${DEFAULT-VALUE}).")
  Duration otlpInterval;

  @Option(
      names = "--otlp.headers.file",
      paramLabel = "FILE",
      description =
          "Headers to push with, one NAME: VALUE a line, such as Authorization; read again for each"
              + " push.")
  Path otlpHeadersFile;

  @Option(
      names = "--log.level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description =
          "Least severe lines to log: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  LogLevel logLevel;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this help.")
  boolean help;

  @Option(names = "--version", versionHelp = true, description = "Prints the version.")
  boolean version;

  /** Reads these options from a command line. */
  CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(this);
    // --collector.x and --no-collector.x; picocli's own pattern knows no dots.
    commandLine.setNegatableOptionTransformer(
        new CommandLine.RegexTransformer.Builder()
            .addPattern("^--no-([\\w.-]+)$", "--$1", "--[no-]$1")
            .addPattern("^--([\\w.-]+)$", "--no-$1", "--[no-]$1")
            .build());
    return commandLine;
  }

  /** Refuses what the types of the options alone can't. */
  void check() throws InvalidInputException {
    if (collectors().isEmpty()) {
      throw new InvalidInputException(
          "nothing is left to collect: one of --collector.sockets, --collector.listeners and"
              + " --collector.counters must be on");
    }
    checkNamespaces();
    checkHandshakes();
    checkPush();
    checkGroups(Runtime.getRuntime().maxMemory());
    if (telemetryPath.equals(PortsPage.PATH)) {
      throw new InvalidInputException(
          "--web.telemetry-path=" + PortsPage.PATH + " is the path of --ports.top: write another");
    }
    checkFolder("--path.procfs", procfs);
    if (!sysfs.equals(DEFAULT_SYSFS)) {
      checkFolder("--path.sysfs", sysfs);
    }
    if (!logs.equals(DEFAULT_LOGS)) {
      checkFolder("--path.logs", logs);
    }
  }

  /**
   * Each group has series, and text for them.
   *
   * @param heapBytes how large the heap may become
   */
  void checkGroups(long heapBytes) throws InvalidInputException {
    long most = heapBytes / HEAP_BYTES_PER_GROUP;
    if (maxListenerGroups != null && maxListenerGroups > most) {
      throw new InvalidInputException(
          "--listener.max="
              + maxListenerGroups
              + ": the heap has room for "
              + most
              + " groups: write less, or a larger -Xmx in java.options");
    }
  }

  private static void checkFolder(String name, Path folder) throws InvalidInputException {
    boolean named = !folder.toString().isEmpty();
    if (!named || !Files.isDirectory(folder) || !Files.isReadable(folder)) {
      throw new InvalidInputException(
          BadOption.written(name, folder.toString())
              + ": write a folder that is there and can be read");
    }
  }

  private void checkNamespaces() throws InvalidInputException {
    if (netns == Netns.own) {
      if (source == Source.BPF) {
        throw new InvalidInputException(
            "--source=bpf reads every network namespace: add --netns=all");
      }
      if (!includedNamespaces.isEmpty() || !excludedNamespaces.isEmpty()) {
        throw new InvalidInputException(
            "--netns.include and --netns.exclude choose among many: add --netns=all");
      }
      if (netnsDetail != null) {
        throw new InvalidInputException(
            "--netns.detail is of namespaces other than the agent's own: add --netns=all");
      }
      return;
    }
    if (source == Source.SOCK_DIAG) {
      throw new InvalidInputException(
          "--source=sock_diag sees the agent's own network namespace alone: with --netns=all write"
              + " auto, bpf or proc");
    }
    if (!collectSockets) {
      throw new InvalidInputException(
          "--netns=all counts the sockets of every namespace: leave out --no-collector.sockets");
    }
  }

  private void checkHandshakes() throws InvalidInputException {
    if (collectHandshakes == null || !collectHandshakes) {
      return;
    }
    if (!collectSockets || !collectListeners) {
      throw new InvalidInputException(
          "--collector.handshakes counts by listener and owner: leave out --no-collector.sockets and"
              + " --no-collector.listeners");
    }
    if (netns == Netns.all && source == Source.PROC) {
      throw new InvalidInputException(
          "--collector.handshakes needs what bpf knows of a namespace: leave out --source=proc");
    }
  }

  /** A scan that takes longer hangs: no good figure is left, and the scan's own end is past. */
  Duration longestScan() {
    return maxAge.plus(timeout);
  }

  private void checkPush() throws InvalidInputException {
    if (otlpHeadersFile == null) {
      return;
    }
    if (otlpUrl == null) {
      throw new InvalidInputException(
          "--otlp.headers.file is sent with what is pushed: add --otlp.url=URL");
    }
    new HeadersFile(otlpHeadersFile).read();
  }

  private boolean collectsHandshakes() {
    boolean byDefault = netns == Netns.all && source != Source.PROC && collectListeners;
    return collectHandshakes == null ? byDefault : collectHandshakes;
  }

  /** How all namespaces are read; empty if the own one alone is. */
  Optional<EveryNamespace> everyNamespace() {
    if (netns == Netns.own) {
      return Optional.empty();
    }
    NamespaceFilter filter = NamespaceFilter.of(includedNamespaces, excludedNamespaces);
    return Optional.of(new EveryNamespace(source, filter, netnsCpuBudget / 100));
  }

  NetnsDetail netnsDetail() {
    return netnsDetail == null ? NetnsDetail.all : netnsDetail;
  }

  int maxListenerGroups() {
    return maxListenerGroups == null ? defaultPlaces(500) : maxListenerGroups;
  }

  int maxOwners() {
    return maxOwners == null ? defaultPlaces(200) : maxOwners;
  }

  private int defaultPlaces(int ofOneNamespace) {
    return netns == Netns.all ? 5000 : ofOneNamespace;
  }

  Set<Collector> collectors() {
    Set<Collector> on = EnumSet.noneOf(Collector.class);
    if (collectSockets) {
      on.add(Collector.SOCKETS);
    }
    if (collectListeners) {
      on.add(Collector.LISTENERS);
    }
    if (collectCounters) {
      on.add(Collector.COUNTERS);
    }
    if (collectsHandshakes()) {
      on.add(Collector.HANDSHAKES);
    }
    return on;
  }

  static final class PortSetConverter implements ITypeConverter<PortSet> {
    @Override
    public PortSet convert(String value) {
      try {
        return PortSet.parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("write ports from 1 to 65535, such as 8080,40000-40099");
      }
    }
  }

  static final class GlobConverter implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      try {
        NamespaceFilter.of(List.of(value), List.of());
        return value;
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("write a glob such as web-* or shop/*");
      }
    }
  }

  /** A page of its own that a URL can name, however it is normalized. */
  static final class TelemetryPathConverter implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      if (value.length() > 1000
          || value.matches("/(-|api|page)(/.*)?")
          || !value.matches("(/(?!\\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")) {
        throw new TypeConversionException(
            "write a path such as /metrics, not / and not below /-, /api or /page");
      }
      return value;
    }
  }

  static final class SourceLabels implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(Source.values()).map(Source::label).iterator();
    }
  }

  static final class SourceConverter implements ITypeConverter<Source> {
    @Override
    public Source convert(String value) {
      return Arrays.stream(Source.values())
          .filter(source -> source.label().equals(value))
          .findFirst()
          .orElseThrow(() -> new TypeConversionException("write auto, sock_diag, proc or bpf"));
    }
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "synoptic, version " + BuildInfo.version() + " (revision: " + BuildInfo.revision() + ")",
        "  java: " + BuildInfo.javaVersion()
      };
    }
  }
}
