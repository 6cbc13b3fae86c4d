package io.synoptic.agent;

import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.synoptic.Collector;
import io.synoptic.ScanReport;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** One report in, all its metrics out. */
interface ReportCollector {
  /**
   * A family whose rows are made when they are written, for a host may have many.
   *
   * @param name that of the snapshot
   * @param rows of this report; those of a family without any are left out
   */
  record Family(String name, Supplier<MetricSnapshot> rows) {}

  /**
   * The families of a report.
   *
   * @param fresh collectors whose figures are young enough to be shown
   */
  List<Family> families(ScanReport report, Set<Collector> fresh);
}
