package io.synoptic.bench;

import java.util.Locale;

/** A line of the results: what a reading of one contestant cost in one round. */
record Reading(int sockets, int round, Entrant entrant, int times, Contestant.Cost cost) {
  static final String HEADER = "sockets,round,contestant,readings,cpu_ms,wall_ms,peak_kib";

  String csv() {
    return String.format(
        Locale.ROOT,
        "%d,%d,%s,%d,%.4f,%.4f,%d",
        sockets,
        round,
        entrant,
        times,
        cost.cpuMillis(),
        cost.wallMillis(),
        cost.peakKib());
  }

  static Reading parse(String csv) {
    String[] fields = csv.split(",", -1);
    return new Reading(
        Integer.parseInt(fields[0]),
        Integer.parseInt(fields[1]),
        Entrant.valueOf(fields[2]),
        Integer.parseInt(fields[3]),
        new Contestant.Cost(
            Double.parseDouble(fields[4]),
            Double.parseDouble(fields[5]),
            Long.parseLong(fields[6])));
  }
}
