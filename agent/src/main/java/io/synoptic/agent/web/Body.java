package io.synoptic.agent.web;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * What is sent to everybody who asks for it: it is held once, compressed, and each client reads it
 * in pieces.
 */
public final class Body {
  /** The first guess at a body's size. */
  private static final int INITIAL_BYTES = 4096;

  private final byte[] compressed;
  private final long length;

  private Body(byte[] compressed, long length) {
    this.compressed = compressed;
    this.length = length;
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
   * @param maxBytes what it may take, compressed
   */
  public static Body of(Source source, long maxBytes) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(INITIAL_BYTES);
    CountingGzip gzip = new CountingGzip(new Bounded(bytes, maxBytes));
    try (gzip) {
      source.writeTo(gzip);
    }
    return new Body(bytes.toByteArray(), gzip.length);
  }

  /** Bytes of memory. */
  public int heldBytes() {
    return compressed.length;
  }

  /** Bytes that are sent. */
  public long length(boolean gzip) {
    return gzip ? compressed.length : length;
  }

  /** What is sent, from its beginning; to be closed. */
  public InputStream open(boolean gzip) {
    InputStream in = new ByteArrayInputStream(compressed);
    try {
      return gzip ? in : new GZIPInputStream(in, INITIAL_BYTES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** ByteArrayOutputStream's own methods throw no IOException. */
  private static final class Bounded extends FilterOutputStream {
    private final long maxBytes;
    private final ByteArrayOutputStream bytes;

    Bounded(ByteArrayOutputStream bytes, long maxBytes) {
      super(bytes);
      this.bytes = bytes;
      this.maxBytes = maxBytes;
    }

    @Override
    public void write(byte[] more, int offset, int count) throws IOException {
      if (bytes.size() + (long) count > maxBytes) {
        throw new TooLargeException(maxBytes);
      }
      bytes.write(more, offset, count);
    }
  }

  private static final class CountingGzip extends GZIPOutputStream {
    private long length;

    CountingGzip(OutputStream out) throws IOException {
      super(out, INITIAL_BYTES);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int count) throws IOException {
      super.write(bytes, offset, count);
      length += count;
    }
  }
}
