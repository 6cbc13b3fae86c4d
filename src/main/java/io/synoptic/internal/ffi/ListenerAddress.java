package io.synoptic.internal.ffi;

import io.synoptic.IpFamily;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Where a socket listens.
 *
 * @param family {@link IpFamily#IPV6} for a dual-stack socket on {@code ::}
 * @param first the address' first eight bytes as they lie in memory; of IPv4 four, then zeros
 * @param second the other eight
 * @param port 1 to 65535
 */
public record ListenerAddress(IpFamily family, long first, long second, int port) {
  /** {@code 0.0.0.0}, {@code ::}, or an address in the spelling of RFC 5952. */
  public String text() {
    byte[] bytes =
        ByteBuffer.allocate(2 * Long.BYTES)
            .order(ByteOrder.nativeOrder())
            .putLong(first)
            .putLong(second)
            .array();
    return IpAddress.text(family == IpFamily.IPV4 ? Arrays.copyOf(bytes, 4) : bytes);
  }
}
