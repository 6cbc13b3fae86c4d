package io.synoptic.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A node_exporter of a few collectors, started in this network namespace. */
record RunningNodeExporter(Process process, String url) {
  static final String PROGRAM = "prometheus-node-exporter";

  private static final String ADDRESS = Entrant.ADDRESS + ":9100";

  /** Returns when it answers. */
  static RunningNodeExporter start(String... collectors) throws Exception {
    List<String> command = new ArrayList<>(List.of(PROGRAM, "--collector.disable-defaults"));
    Arrays.stream(collectors).map(collector -> "--collector." + collector).forEach(command::add);
    command.addAll(
        List.of(
            "--web.disable-exporter-metrics",
            "--log.level=error",
            "--web.listen-address=" + ADDRESS));
    Process process = new ProcessBuilder(command).inheritIO().start();
    String url = "http://" + ADDRESS + "/metrics";
    new Scraper(url).await();
    return new RunningNodeExporter(process, url);
  }
}
