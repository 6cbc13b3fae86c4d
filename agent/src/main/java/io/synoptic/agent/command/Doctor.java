package io.synoptic.agent.command;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.synoptic.agent.now.Now;
import io.synoptic.agent.now.NowJson;
import io.synoptic.agent.text.Figures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What is wrong with the TCP of this host. */
@Command(
    name = "doctor",
    customSynopsis = "synoptic doctor [options]",
    description = {
      "Says what is wrong with the TCP of this host: what, since when, by which figures, what it means, what"
          + " to do now, and what not to do. The worst comes first."
    },
    exitCodeListHeading = "Exit status%n",
    exitCodeList = {
      "0:Nothing is wrong.",
      "1:The worst finding is a warning.",
      "2:A finding is critical.",
      "3:It can't tell: there are no figures, or the command line can't be used.",
    },
    footerHeading = "Examples%n",
    footer = {
      "synoptic doctor",
      "Looks once; through the running agent it knows the last ten minutes.",
      "sudo synoptic doctor --for=10s",
      "Watches for ten seconds, without an agent too, and names the processes of every user.",
      "synoptic doctor --agent=https://host:10119 --agent.ca-file=ca.pem --json",
      "Asks another host's agent, for a program.",
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class Doctor extends HostCommand {
  private static final int WARNING = 1;
  private static final int CRITICAL = 2;
  private static final int UNKNOWN = 3;

  private static final long TICK_MILLIS = 1000;

  @Option(
      names = "--for",
      paramLabel = "DURATION",
      converter = DurationConverter.Watch.class,
      description =
          "Watches for so long before it says anything, such as 10s: what happens now and then, and"
              + " how often, is not seen at one look.")
  @Nullable Duration watch;

  @Option(
      names = "--json",
      description = "Prints JSON: what /api/v1/now has, without the namespaces' figures.")
  boolean json;

  @Override
  int failed() {
    return UNKNOWN;
  }

  @Override
  int misused() {
    return UNKNOWN;
  }

  @Override
  int run(Console console, NowSource source) throws UnavailableException, InterruptedException {
    Now now = watch(console, source);
    if (json) {
      console.print(json(now) + "\n");
    } else {
      Instant clock = Instant.now();
      List<Line> lines = new ArrayList<>();
      lines.add(Headline.of(now, source.origin(), clock));
      lines.addAll(DoctorText.lines(now, notes(source), clock, console.width()));
      console.print(lines);
    }
    return status(now);
  }

  private List<String> notes(NowSource source) {
    List<String> notes = new ArrayList<>(source.notes());
    if (source instanceof OwnScans) {
      if (watch == null) {
        notes.add("What happens now and then: one look sees no rate and no burst; add --for=10s.");
      }
      if (!host.handshakes) {
        notes.add("Without an agent, root adds --collector.handshakes to have handshakes counted.");
      }
    }
    return notes;
  }

  /** The last of what was read for so long, each second. */
  private Now watch(Console console, NowSource source)
      throws UnavailableException, InterruptedException {
    long end = System.nanoTime() + (watch == null ? 0 : watch.toNanos());
    Now now = source.read();
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      console.progress("watching: " + Figures.duration(Math.ceil(left / 1e9)) + " left");
      Thread.sleep(Math.min(TICK_MILLIS, left / 1_000_000 + 1));
      now = source.read();
    }
    return now;
  }

  private static String json(Now now) {
    StringBuilder text = new StringBuilder();
    NowJson.write(now, text);
    JsonObject document = JsonParser.parseString(text.toString()).getAsJsonObject();
    document.remove("namespaces");
    document.remove("unlisted_namespaces");
    return document.toString();
  }

  private static int status(Now now) {
    return switch (now.status()) {
      case "fine" -> 0;
      case "warning" -> WARNING;
      case "critical" -> CRITICAL;
      default -> UNKNOWN;
    };
  }
}
