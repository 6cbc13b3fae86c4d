package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** What a command's figures come from; read as often as they are to be new. */
interface NowSource extends AutoCloseable {
  /** What is so now. */
  Now read() throws UnavailableException;

  /** Writes the metrics as Prometheus reads them. */
  void writeMetrics(OutputStream to) throws UnavailableException, IOException;

  /** Which source it is, in a few words. */
  String origin();

  /** What it can't know here, and how it could, a sentence each. */
  List<String> notes();

  @Override
  void close();
}
