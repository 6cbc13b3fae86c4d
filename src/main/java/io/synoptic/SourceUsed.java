package io.synoptic;

import java.nio.ByteBuffer;

/**
 * Where one scan read the sockets from.
 *
 * @param source never {@link Source#AUTO}
 * @param reason why from there
 * @param obstacle what kept it from the better source, and what to do about it; empty if no better
 *     one was wanted
 */
public record SourceUsed(Source source, SourceReason reason, String obstacle) {
  /** Of what procfs alone tells. */
  static final SourceUsed PROCFS = new SourceUsed(Source.PROC, SourceReason.BEST, "");

  /** What the header in {@code buffer} says, after a scan that was to read {@code requested}. */
  static SourceUsed read(ByteBuffer buffer, Source requested) {
    int errno = buffer.getInt(SnapshotLayout.HEADER_FALLBACK_ERROR);
    return new SourceUsed(
        Source.of(buffer.getInt(SnapshotLayout.HEADER_SOURCE)),
        SourceReason.of(requested, errno),
        errno == 0 ? "" : Errno.describe(Source.SOCK_DIAG, errno));
  }
}
