package io.synoptic.findings;

import org.jspecify.annotations.Nullable;

/** An address and port; not a record, because it is looked up for each group of each scan. */
final class Place {
  private final String address;
  private final String port;

  Place(String address, String port) {
    this.address = address;
    this.port = port;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Place place && port.equals(place.port) && address.equals(place.address);
  }

  @Override
  public int hashCode() {
    return 31 * address.hashCode() + port.hashCode();
  }
}
