package io.synoptic.internal.ffi;

import io.synoptic.Source;
import io.synoptic.SourceReason;
import java.util.Optional;

/** Why a source could not be read, as libsynoptic classifies error numbers. */
public final class Refusal {
  private Refusal() {}

  /**
   * Why a source that failed with {@code errno} can't be read at all; empty for a timeout or a
   * shortage, after which it may answer the next time.
   */
  public static Optional<SourceReason> of(int errno) {
    return switch (NativeLoader.api().synoptic_refusal(errno)) {
      case SnapshotLayout.REFUSAL_NONE -> Optional.empty();
      case SnapshotLayout.REFUSAL_FORBIDDEN -> Optional.of(SourceReason.FORBIDDEN);
      case SnapshotLayout.REFUSAL_UNSUPPORTED -> Optional.of(SourceReason.UNSUPPORTED);
      case SnapshotLayout.REFUSAL_IMPLAUSIBLE -> Optional.of(SourceReason.IMPLAUSIBLE);
      default -> Optional.of(SourceReason.ERROR);
    };
  }

  /** Why a scan that was to read {@code requested} read from the source it did. */
  static SourceReason reason(Source requested, int fallbackError) {
    if (requested != Source.AUTO) {
      return SourceReason.REQUESTED;
    }
    return fallbackError == 0 ? SourceReason.BEST : of(fallbackError).orElse(SourceReason.ERROR);
  }
}
