package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** The textbook's diagram, with counts. */
@Command(
    name = "states",
    customSynopsis = "synoptic states [options]",
    description = {
      "Draws the diagram of TCP's states as a textbook has it, with how many sockets are in each: inbound"
          + " ones, which belong to a listener, and outbound ones."
    },
    exitCodeListHeading = "Exit status%n",
    exitCodeList = {
      "0:It is drawn.",
      "1:There are no figures.",
      "2:The command line can't be used.",
    },
    footerHeading = "Examples%n",
    footer = {
      "synoptic states",
      "The own network namespace, or all that the running agent reads.",
      "sudo synoptic states --agent=none --netns=all",
      "Every network namespace of this host, without an agent.",
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class States extends HostCommand {
  @Override
  int run(Console console, NowSource source) throws UnavailableException {
    Now now = source.read();
    List<Line> lines = new ArrayList<>();
    lines.add(Headline.of(now, source.origin(), Instant.now()));
    lines.add(Line.of(""));
    lines.addAll(StateDiagram.lines(StateSums.of(now.namespaces()), console.hasUnicode()));
    console.print(lines);
    return now.scan().takenAt() == null ? failed() : 0;
  }
}
