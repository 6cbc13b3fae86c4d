package io.synoptic.bench;

import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;

/** A program that reads and ends; its start is part of what it costs. */
final class Command implements Contestant {
  private final List<String> command;
  private final boolean manyInOne;

  private Command(List<String> command, boolean manyInOne) {
    this.command = command;
    this.manyInOne = manyInOne;
  }

  /** A process for every reading. */
  static Command oneEach(String... command) {
    return new Command(List.of(command), false);
  }

  /** One process for all readings: it takes their number as its argument. */
  static Command manyInOne(String program) {
    return new Command(List.of(program), true);
  }

  @Override
  public void warmUp() {}

  @Override
  public Cost read(int times, int sockets) throws Exception {
    List<String> arguments = new ArrayList<>(command);
    if (manyInOne) {
      arguments.add(String.valueOf(times));
    }
    // A peer's log is no part of ours.
    Redirect errors = manyInOne ? Redirect.INHERIT : Redirect.DISCARD;
    double cpu = 0;
    double wall = 0;
    long peak = 0;
    for (int run = 0; run < (manyInOne ? 1 : times); run++) {
      Spent.Run spent = Spent.on(errors, arguments);
      cpu += spent.cpuNanos();
      wall += spent.wallNanos();
      peak = Math.max(peak, spent.peakKib());
    }
    return new Cost(cpu / times / 1e6, wall / times / 1e6, peak);
  }

  @Override
  public void close() {}
}
