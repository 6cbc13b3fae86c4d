package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A table that is always of now. */
@Command(
    name = "top",
    customSynopsis = "synoptic top [options]",
    description = {
      "Shows listeners and owners of connections, again each second, with what is wrong above them. In a"
          + " terminal without a cursor, and in a pipe, it prints one table after the other."
    },
    exitCodeListHeading = "Exit status%n",
    exitCodeList = {
      "0:It was ended with q, or has shown as many tables as it was asked for.",
      "1:There are no figures, or no more.",
      "2:The command line can't be used.",
    },
    footerHeading = "Examples%n",
    footer = {
      "synoptic top",
      "f, d, c and n sort, / filters, Enter opens, Space pauses, ? explains, q ends.",
      "sudo synoptic top --agent=none --netns=all",
      "Every network namespace of this host, without an agent.",
      "synoptic top --interval=10s --count=6 >top.txt",
      "A table each ten seconds for a minute.",
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class Top extends HostCommand {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final long KEY_MILLIS = 100;

  @Option(
      names = "--interval",
      paramLabel = "DURATION",
      converter = DurationConverter.Watch.class,
      description = "From one table to the next, from 1s to 1h (default: 1s).")
  Duration interval = SECOND;

  @Option(
      names = "--count",
      paramLabel = "TABLES",
      description = "How many tables to show before it ends (default: no end).")
  int count;

  @Override
  int run(Console console, NowSource source)
      throws UnavailableException, IOException, InterruptedException {
    if (console.isCapable()) {
      Screen screen;
      console.clearProgress();
      try {
        screen = Screen.open(console.hasColours());
      } catch (IOException e) {
        return print(console, source); // the input is no terminal
      }
      try (screen) {
        watch(screen, source);
        return 0;
      }
    }
    return print(console, source);
  }

  private int print(Console console, NowSource source)
      throws UnavailableException, InterruptedException {
    TopState state = new TopState();
    for (int shown = 0; count == 0 || shown < count; shown++) {
      if (shown > 0) {
        Thread.sleep(interval.toMillis());
      }
      List<Line> lines = new ArrayList<>();
      if (shown > 0) {
        lines.add(Line.of(""));
      }
      Now now = source.read();
      lines.addAll(
          new TopFrame(now, source.origin(), state, Instant.now(), console.width()).plain());
      console.print(lines);
      if (console.isClosed()) {
        return 0; // who read it has seen enough
      }
    }
    return 0;
  }

  private void watch(Screen screen, NowSource source)
      throws UnavailableException, IOException, InterruptedException {
    TopState state = new TopState();
    Now now = source.read();
    Instant read = Instant.now();
    int shown = 1;
    boolean changed = true;
    while (!state.hasEnded()) {
      if (screen.isResized() || changed) {
        screen.show(
            new TopFrame(now, source.origin(), state, Instant.now(), screen.width())
                .lines(screen.height()));
      }
      Key key = screen.read(KEY_MILLIS);
      changed = key.kind() != Key.Kind.NONE;
      if (changed) {
        state.press(key);
      }
      if (!state.isPaused() && Duration.between(read, Instant.now()).compareTo(interval) >= 0) {
        if (shown == count) {
          return;
        }
        now = source.read();
        read = Instant.now();
        shown++;
        changed = true;
      }
    }
  }
}
