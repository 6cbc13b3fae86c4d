package io.synoptic.agent.command;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** So many bytes, in so much time, and no more. */
final class BoundedStream extends FilterInputStream {
  private final long end;
  private long left;

  BoundedStream(InputStream in, long most, Duration patience) {
    super(in);
    left = most;
    end = System.nanoTime() + patience.toNanos();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (System.nanoTime() - end > 0) {
      throw new IOException("it takes too long to answer");
    }
    int read = super.read(bytes, offset, length);
    left -= Math.max(0, read);
    if (left < 0) {
      throw new IOException("its answer is too long");
    }
    return read;
  }

  @Override
  public long skip(long count) throws IOException {
    return count <= 0 ? 0 : read(new byte[(int) Math.min(count, 8192)]);
  }
}
