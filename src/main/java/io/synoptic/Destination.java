package io.synoptic;

import static io.synoptic.SnapshotLayout.DESTINATION_DESTINATION;
import static io.synoptic.SnapshotLayout.DESTINATION_ERROR;
import static io.synoptic.SnapshotLayout.DESTINATION_FAMILY;
import static io.synoptic.SnapshotLayout.DESTINATION_PORT;
import static io.synoptic.SnapshotLayout.DESTINATION_PORTS;
import static io.synoptic.SnapshotLayout.DESTINATION_SOURCE;

import java.nio.ByteBuffer;

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
 */
public record Destination(
    IpFamily family, String source, String address, int port, long ports, long error) {
  private static final int UNSIGNED_SHORT = 0xffff;

  /** Reads the row of {@code struct synoptic_destination} at {@code row}. */
  static Destination read(ByteBuffer buffer, int row) {
    IpFamily family = IpFamily.of(buffer.get(row + DESTINATION_FAMILY));
    return new Destination(
        family,
        address(buffer, row + DESTINATION_SOURCE, family),
        address(buffer, row + DESTINATION_DESTINATION, family),
        buffer.getShort(row + DESTINATION_PORT) & UNSIGNED_SHORT,
        Integer.toUnsignedLong(buffer.getInt(row + DESTINATION_PORTS)),
        Integer.toUnsignedLong(buffer.getInt(row + DESTINATION_ERROR)));
  }

  private static String address(ByteBuffer buffer, int at, IpFamily family) {
    byte[] bytes = new byte[family == IpFamily.IPV4 ? 4 : 16];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = buffer.get(at + i);
    }
    return IpAddress.text(bytes);
  }
}
