package io.synoptic.agent.web;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Compresses one text after the other with gzip, in the same memory: zlib's alone is a quarter of a
 * megabyte. Not for use by several threads.
 */
public final class Compressor {
  /** The first guess at a body's size. */
  private static final int INITIAL_BYTES = 4096;

  /** What is kept from one body to the next. */
  private static final int KEPT_BYTES = 64 << 10;

  /** Deflated, no name, no time, of no system that matters (RFC 1952). */
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

  private static final int TRAILER_BYTES = 8;

  private final long maxBytes;

  /** The fastest: the default takes more than twice as long, for an eighth less. */
  private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);

  private final CRC32 checksum = new CRC32();
  private final OutputStream input = new Input();
  private byte[] compressed = new byte[INITIAL_BYTES];
  private int size;

  /**
   * A compressor.
   *
   * @param maxBytes that a body may take, compressed
   */
  public Compressor(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Writes the text. */
  public interface Source {
    /** Writes all of it. */
    void writeTo(OutputStream out) throws IOException;
  }

  /** The text takes more bytes than there is room for. */
  public static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLargeException(long maxBytes) {
      super("more than " + maxBytes + " bytes, compressed");
    }
  }

  /**
   * Compresses a text as it is written.
   *
   * @throws TooLargeException if it takes more bytes than a body may
   */
  public Body body(Source source) throws IOException {
    deflater.reset();
    checksum.reset();
    size = 0;
    append(HEADER);
    try {
      source.writeTo(input);
      deflater.finish();
      while (!deflater.finished()) {
        deflate();
      }
      long length = deflater.getBytesRead();
      append(
          ByteBuffer.allocate(TRAILER_BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt((int) checksum.getValue())
              .putInt((int) length)
              .array());
      return new Body(Arrays.copyOf(compressed, size), length);
    } finally {
      if (compressed.length > KEPT_BYTES) {
        compressed = new byte[INITIAL_BYTES];
      }
    }
  }

  private void append(byte[] bytes) throws TooLargeException {
    makeRoom(bytes.length);
    System.arraycopy(bytes, 0, compressed, size, bytes.length);
    size += bytes.length;
  }

  private void deflate() throws TooLargeException {
    makeRoom(1);
    int room = (int) Math.min(compressed.length, maxBytes) - size;
    size += deflater.deflate(compressed, size, room);
  }

  private void makeRoom(int bytes) throws TooLargeException {
    if (size + (long) bytes > maxBytes) {
      throw new TooLargeException(maxBytes);
    }
    if (size + bytes > compressed.length) {
      compressed = Arrays.copyOf(compressed, 2 * compressed.length);
    }
  }

  /** What the source writes to. */
  private final class Input extends OutputStream {
    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      checksum.update(bytes, offset, count);
      deflater.setInput(bytes, offset, count);
      while (!deflater.needsInput()) {
        deflate();
      }
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }
  }
}
