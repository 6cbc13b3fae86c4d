package io.synoptic.bench;

/** Something that reads every TCP socket of the network namespace it runs in. */
interface Contestant extends AutoCloseable {
  /**
   * What one reading cost.
   *
   * @param cpuMillis user and system time
   * @param peakKib the most memory its process ever had resident
   */
  record Cost(double cpuMillis, double wallMillis, long peakKib) {}

  /** Readings that don't count: they compile what there is to compile. */
  void warmUp() throws Exception;

  /**
   * Reads several times in a row.
   *
   * @param sockets how many a reading has to find
   * @return the mean of them
   */
  Cost read(int times, int sockets) throws Exception;

  @Override
  void close() throws Exception;
}
