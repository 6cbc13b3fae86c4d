package io.synoptic;

/**
 * How many local ports are in use from one address towards one destination, by connections that
 * belong to no listener; those in {@code time_wait} hold theirs, too.
 *
 * @param family of both addresses
 * @param source the address of this side, in the spelling of RFC 5952
 * @param address the destination's, in the same spelling
 * @param port the destination's, 1 to 65535
 * @param ports local ports in use: never too low
 * @param error how much too high {@code ports} is at most; 0 while a namespace has 2,048
 *     destinations or fewer
 * @param timeWait of {@code ports}, those in {@code time_wait}: never too high
 */
public record Destination(
    IpFamily family,
    String source,
    String address,
    int port,
    long ports,
    long error,
    long timeWait) {

  /** Local ports that a new connection can't have: without those that it may take again. */
  public long ports(TimeWaitReuse reuse) {
    boolean isFree =
        switch (reuse) {
          case NONE -> false;
          case ALL_PORTS -> true;
          case LOOPBACK -> isLoopback(source) || isLoopback(address);
        };
    return isFree ? ports - timeWait : ports;
  }

  private static boolean isLoopback(String address) {
    return address.startsWith("127.") || address.equals("::1");
  }
}
