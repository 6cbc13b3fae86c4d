package io.synoptic.bench;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Has every contestant read one population, in the network namespace it runs in: {@code Readings
 * SOCKETS ROUNDS RESULTS}. Results are appended.
 *
 * <p>They are started and warmed up before there is any socket, so that each has done as much at
 * every size, and take turns within a round, so that noise hits all.
 */
public final class Readings {
  private final int sockets;
  private final PrintWriter results;
  private final Map<Entrant, Contestant> field = new EnumMap<>(Entrant.class);

  private Readings(int sockets, PrintWriter results) {
    this.sockets = sockets;
    this.results = results;
  }

  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[2]);
    boolean isNew = Files.notExists(file);
    try (PrintWriter results =
        new PrintWriter(
            Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND))) {
      if (isNew) {
        results.println(Reading.HEADER);
      }
      new Readings(Integer.parseInt(args[0]), results).run(Integer.parseInt(args[1]));
    }
  }

  private void run(int rounds) throws Exception {
    List<Entrant> order = new ArrayList<>(List.of(Entrant.values()));
    Namespace.requireOwnTable();
    for (Entrant entrant : Entrant.values()) {
      start(entrant);
    }
    System.err.printf("%,d sockets ...%n", sockets);
    try (Population population = Population.established(sockets)) {
      for (int round = 1; round <= rounds; round++) {
        System.err.printf("%,d sockets, round %d%n", sockets, round);
        Collections.reverse(order);
        for (Entrant entrant : order) {
          read(entrant, round);
        }
      }
    }
    for (Contestant contestant : field.values()) {
      contestant.close();
    }
  }

  private void start(Entrant entrant) {
    if (!entrant.isHere()) {
      return;
    }
    try {
      Contestant contestant = entrant.start();
      field.put(entrant, contestant);
      contestant.warmUp();
    } catch (Exception e) {
      drop(entrant, e);
    }
  }

  private void read(Entrant entrant, int round) {
    Contestant contestant = field.get(entrant);
    if (contestant == null) {
      return;
    }
    try {
      int times = entrant.times(sockets);
      Reading reading =
          new Reading(sockets, round, entrant, times, contestant.read(times, sockets));
      results.println(reading.csv());
      results.flush();
    } catch (Exception e) {
      drop(entrant, e);
    }
  }

  /**
   * One that fails is out, and the table says so; the others go on, but not without a yardstick.
   */
  private void drop(Entrant entrant, Exception why) {
    if (entrant == Entrant.BARE) {
      throw new IllegalStateException("no bare dump to compare with", why);
    }
    System.err.println(entrant.title() + ": " + why.getMessage());
    try (Contestant out = field.remove(entrant)) {
      // Closing it is all.
    } catch (Exception e) {
      System.err.println(entrant.title() + ": " + e.getMessage());
    }
  }
}
