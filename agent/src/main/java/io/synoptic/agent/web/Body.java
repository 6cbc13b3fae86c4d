package io.synoptic.agent.web;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;

/**
 * What is sent to everybody who asks for it: it is held once, compressed, and each client reads it
 * in pieces.
 */
public final class Body {
  /** What is decompressed at a time. */
  private static final int PIECE_BYTES = 4096;

  private final byte[] compressed;
  private final long length;

  /**
   * A body.
   *
   * @param compressed with gzip
   * @param length of the text
   */
  Body(byte[] compressed, long length) {
    this.compressed = compressed;
    this.length = length;
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
      return gzip ? in : new GZIPInputStream(in, PIECE_BYTES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
