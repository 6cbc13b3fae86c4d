package io.synoptic.agent.web;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Addresses that belong together in every limit: one of IPv4, or a /64 of IPv6, all of which a host
 * usually has.
 *
 * @param ipv6 false for v4-mapped addresses, too
 * @param prefix 32 or 64 bits
 */
record AddressBlock(boolean ipv6, long prefix) {
  /** Of connections that have been closed already. */
  static final AddressBlock UNKNOWN = new AddressBlock(false, 0);

  static AddressBlock of(InetAddress address) {
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    return address instanceof Inet6Address
        ? new AddressBlock(true, bytes.getLong())
        : new AddressBlock(false, bytes.getInt());
  }
}
