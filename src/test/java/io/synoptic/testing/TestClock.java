package io.synoptic.testing;

import java.time.Duration;
import java.util.function.LongSupplier;

/** A clock that a test moves. */
public final class TestClock implements LongSupplier {
  private long nanos = Long.MAX_VALUE - 1; // nanoTime may wrap around

  public void advance(Duration by) {
    nanos += by.toNanos();
  }

  @Override
  public long getAsLong() {
    return nanos;
  }
}
