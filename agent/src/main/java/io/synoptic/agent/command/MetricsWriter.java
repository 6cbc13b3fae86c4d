package io.synoptic.agent.command;

import io.synoptic.ScanReport;
import java.io.IOException;
import java.io.OutputStream;

/** Writes a report as Prometheus reads it. */
@FunctionalInterface
public interface MetricsWriter {
  /** Writes the text. */
  void write(ScanReport report, OutputStream to) throws IOException;
}
