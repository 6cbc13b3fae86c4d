package io.synoptic.agent;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.synoptic.Collector;
import io.synoptic.ScanReport;
import java.util.Set;

/** One report in, all its metrics out. */
interface ReportCollector extends MultiCollector {
  /**
   * What the next collections show.
   *
   * @param fresh collectors whose figures are young enough to be shown
   */
  void show(ScanReport report, Set<Collector> fresh);
}
