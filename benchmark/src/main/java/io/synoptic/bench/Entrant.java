package io.synoptic.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Who is measured, in the order of the table. */
enum Entrant {
  BARE("bare dump in C", "bare"),
  SOCK_DIAG("Synoptic, sock_diag", "./run"),
  PROC("Synoptic, proc", "./run"),
  BPF("Synoptic, bpf", "./run"),
  COLLECTD("collectd tcpconns", "collectd"),
  SS("ss -tan", "ss"),
  NODE_EXPORTER("node_exporter tcpstat", RunningNodeExporter.PROGRAM),
  OSHI("OSHI", OshiReader.PROGRAM);

  /** Of loopback, but not where a population connects. */
  static final String ADDRESS = "127.0.0.9";

  private final String title;
  private final String program;

  Entrant(String title, String program) {
    this.title = title;
    this.program = program;
  }

  String title() {
    return title;
  }

  boolean isOurs() {
    return this == SOCK_DIAG || this == PROC || this == BPF;
  }

  /** Whether its program can be run. */
  boolean isHere() {
    return isHere(program);
  }

  /** Whether a program can be run: one with a folder in its name is ours. */
  static boolean isHere(String program) {
    return program.contains("/")
        || Arrays.stream(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /** How many readings make a figure: many where one is short, few where one is long. */
  int times(int sockets) {
    int times = Math.max(2, Math.min(100, 2_000_000 / sockets));
    return this == OSHI ? Math.max(1, times / 10) : times;
  }

  /** Starts it in this network namespace. */
  Contestant start() throws Exception {
    return switch (this) {
      case BARE -> Command.manyInOne(program);
      case SOCK_DIAG -> agent("sock_diag");
      case PROC -> agent("proc");
      case BPF -> agent("bpf", "--netns=all");
      case COLLECTD -> Command.oneEach(program, "-T", "-C", "target/bench/collectd.conf");
      case SS -> Command.oneEach(program, "-tan");
      case NODE_EXPORTER -> nodeExporter();
      case OSHI -> OshiReader.start();
    };
  }

  private static Contestant agent(String source, String... options) throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of("--source=" + source, "--scan.min-interval=0s", "--scan.cpu-budget=off"));
    all.addAll(List.of(options));
    RunningAgent agent = RunningAgent.start(all.toArray(String[]::new));
    Scraper scraper = new Scraper(agent.url());
    return new Daemon(agent.process(), () -> scraper.sum("synoptic_tcp_sockets"));
  }

  private static Contestant nodeExporter() throws Exception {
    RunningNodeExporter exporter = RunningNodeExporter.start("tcpstat");
    Scraper scraper = new Scraper(exporter.url());
    return new Daemon(exporter.process(), () -> scraper.sum("node_tcp_connection_states"));
  }
}
