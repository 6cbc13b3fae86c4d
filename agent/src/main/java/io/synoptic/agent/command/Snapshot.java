package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import io.synoptic.agent.now.NowJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Everything once. */
@Command(
    name = "snapshot",
    customSynopsis = "synoptic snapshot [options]",
    description = {
      "Shows once what there is: listeners with their queues, sockets by state, and who owns them."
    },
    exitCodeListHeading = "Exit status%n",
    exitCodeList = {
      "0:It is shown.",
      "1:There are no figures.",
      "2:The command line can't be used.",
    },
    footerHeading = "Examples%n",
    footer = {
      "synoptic snapshot",
      "Tables, the fullest listener first.",
      "synoptic snapshot --json | jq '.namespaces[].listeners[] | select(.drops_total > 0)'",
      "The document of /api/v1/now.",
      "synoptic snapshot --agent=none --prometheus",
      "What a scrape would show, without a server.",
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class Snapshot extends HostCommand {
  @Option(names = "--json", description = "Prints JSON, the document of /api/v1/now.")
  boolean json;

  @Option(
      names = "--prometheus",
      description = "Prints the metrics as Prometheus reads them, at /metrics if it asks an agent.")
  boolean prometheus;

  @Override
  void check() throws UnavailableException {
    super.check();
    if (json && prometheus) {
      throw new UnavailableException("--json and --prometheus: write one of them");
    }
  }

  @Override
  int run(Console console, NowSource source) throws UnavailableException, IOException {
    if (prometheus) {
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      source.writeMetrics(text);
      console.print(text.toString(StandardCharsets.UTF_8));
      return 0;
    }
    Now now = source.read();
    if (json) {
      StringBuilder text = new StringBuilder();
      NowJson.write(now, text);
      console.print(text.append('\n').toString());
    } else {
      List<Line> lines = new ArrayList<>();
      lines.add(Headline.of(now, source.origin(), Instant.now()));
      lines.addAll(SnapshotText.lines(now, source.notes(), console.width()));
      console.print(lines);
    }
    return now.scan().takenAt() == null ? failed() : 0;
  }
}
