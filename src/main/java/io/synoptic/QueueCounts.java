package io.synoptic;

/**
 * What is in the queues of several connections. A SYN or FIN counts no byte.
 *
 * @param receiveBytes received and not yet read by a program
 * @param sendBytes sent and not yet acknowledged
 * @param receiveConnections connections with any byte to read
 * @param sendConnections connections with any byte that isn't acknowledged
 */
public record QueueCounts(
    long receiveBytes, long sendBytes, long receiveConnections, long sendConnections) {
  /** Empty queues. */
  public static final QueueCounts ZERO = new QueueCounts(0, 0, 0, 0);

  /** Both together. */
  public QueueCounts plus(QueueCounts more) {
    return new QueueCounts(
        receiveBytes + more.receiveBytes,
        sendBytes + more.sendBytes,
        receiveConnections + more.receiveConnections,
        sendConnections + more.sendConnections);
  }
}
