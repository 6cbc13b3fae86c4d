package io.synoptic.agent;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.synoptic.ScanReport;

/** One report in, all its metrics out. */
interface ReportCollector extends MultiCollector {
  /**
   * What the next collections show.
   *
   * @param withData whether the report's snapshot is young enough to be shown
   */
  void show(ScanReport report, boolean withData);
}
