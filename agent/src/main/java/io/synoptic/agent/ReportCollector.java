package io.synoptic.agent;

import io.synoptic.Collector;
import io.synoptic.ScanReport;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** One report in, all its metrics out. */
interface ReportCollector {
  /** Reads the rows of a family. */
  @FunctionalInterface
  interface Reader {
    /** Adds each row to {@code rows}. */
    void read(FamilyRows rows);
  }

  /**
   * A family whose rows are read when they are written, for a host may have many.
   *
   * @param reader of this report's rows; a family without any is left out
   */
  record Family(FamilyText text, Reader reader) {
    /** By which families are sorted. */
    String name() {
      return text.name();
    }
  }

  /**
   * The families of a report.
   *
   * @param fresh collectors whose figures are young enough to be shown
   */
  List<Family> families(ScanReport report, Set<Collector> fresh);

  /** The families of several. */
  static ReportCollector all(ReportCollector... collectors) {
    return (report, fresh) ->
        Stream.of(collectors)
            .flatMap(collector -> collector.families(report, fresh).stream())
            .toList();
  }
}
