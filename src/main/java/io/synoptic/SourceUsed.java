package io.synoptic;

import java.nio.ByteBuffer;

/**
 * Where one scan read the sockets from.
 *
 * @param source never {@link Source#AUTO}
 * @param reason why from there
 * @param fallbackErrno the error number with which the better source failed, positive; 0 if it was
 *     not wanted
 */
public record SourceUsed(Source source, SourceReason reason, int fallbackErrno) {
  /** Of what procfs alone tells. */
  static final SourceUsed PROCFS = new SourceUsed(Source.PROC, SourceReason.BEST, 0);

  /** What the header in {@code buffer} says, after a scan that was to read {@code requested}. */
  static SourceUsed read(ByteBuffer buffer, Source requested) {
    int errno = buffer.getInt(SnapshotLayout.HEADER_FALLBACK_ERROR);
    return new SourceUsed(
        Source.of(buffer.getInt(SnapshotLayout.HEADER_SOURCE)),
        SourceReason.of(requested, errno),
        errno);
  }
}
