package io.synoptic.bench;

import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.Optional;

/** Who watches the everyday host, in the order of the table. */
enum Watcher {
  SAMPLER("Synoptic", "./run"),
  NO_SAMPLER("Synoptic without the sampler", "./run"),
  NODE_EXPORTER("node_exporter tcpstat, sockstat, netstat", RunningNodeExporter.PROGRAM),
  COLLECTD("collectd tcpconns", "collectd"),
  OSHI("OSHI", OshiReader.PROGRAM),
  BARE("bare C loop: dumps of the listeners", "bare");

  /** As often as the sampler polls. */
  private static final String EVERY_MILLIS = "250";

  private final String title;
  private final String program;

  Watcher(String title, String program) {
    this.title = title;
    this.program = program;
  }

  /**
   * One that runs.
   *
   * @param scraper asks it over HTTP; empty if it answers otherwise, or reads by itself
   */
  record Running(Daemon daemon, Optional<Scraper> scraper) {}

  String title() {
    return title;
  }

  boolean isHere() {
    return Entrant.isHere(program);
  }

  /** Starts it in this network namespace, as a user does who has read no further. */
  Running start() throws Exception {
    return switch (this) {
      case SAMPLER -> agent();
      case NO_SAMPLER -> agent("--listener.interval=0");
      case NODE_EXPORTER -> nodeExporter();
      case COLLECTD -> byItself(program, "-f", "-C", "target/bench/collectd.conf");
      case OSHI -> new Running(OshiReader.start(), Optional.empty());
      case BARE ->
          byItself(
              program, "--listeners", "--every=" + EVERY_MILLIS, String.valueOf(Integer.MAX_VALUE));
    };
  }

  /** How often it has dumped the listeners alone, so far. */
  Polled polled(Running running) throws Exception {
    long pid = running.daemon().pid();
    return switch (this) {
      case SAMPLER -> Polled.bySampler(pid, running.scraper().orElseThrow().scrape());
      case BARE -> Polled.byBareLoop(Vitals.of(pid));
      default -> Polled.NEVER;
    };
  }

  private static Running agent(String... options) throws Exception {
    RunningAgent agent = RunningAgent.start(options);
    return scraped(agent.process(), agent.url(), "synoptic_tcp_sockets");
  }

  private static Running nodeExporter() throws Exception {
    RunningNodeExporter exporter = RunningNodeExporter.start("tcpstat", "sockstat", "netstat");
    return scraped(exporter.process(), exporter.url(), "node_tcp_connection_states");
  }

  private static Running scraped(Process process, String url, String metric) {
    Scraper scraper = new Scraper(url);
    return new Running(new Daemon(process, () -> scraper.sum(metric)), Optional.of(scraper));
  }

  private static Running byItself(String... command) throws Exception {
    Process process =
        new ProcessBuilder(List.of(command))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD)
            .start();
    return new Running(new Daemon(process, () -> Long.MAX_VALUE), Optional.empty());
  }
}
