package io.synoptic;

import java.util.Locale;
import java.util.Optional;

/** Why a scan read from the source it did: a closed list. */
public enum SourceReason {
  /** It is the best there is. */
  BEST,
  /** It was asked for by name. */
  REQUESTED,
  /** The better one is forbidden: {@code EPERM}, {@code EACCES}. */
  FORBIDDEN,
  /**
   * The better one is unknown here: {@code EPROTONOSUPPORT}, {@code EAFNOSUPPORT}, {@code ENOENT},
   * {@code EINVAL} and others.
   */
  UNSUPPORTED,
  /** The better one's answer was none that a Linux kernel gives: {@code EPROTO} and others. */
  IMPLAUSIBLE,
  /** Of bpf: this build has no program, for want of clang or libbpf. */
  NOT_BUILT,
  /** Of bpf: nobody has loaded the program, which the launcher does. */
  NOT_LOADED,
  /** Of bpf: the kernel's verifier has refused the program. */
  VERIFIER,
  /** The better one was refused otherwise. */
  ERROR;

  private final String label = name().toLowerCase(Locale.ROOT);

  static SourceReason of(Source requested, int fallbackError) {
    if (requested != Source.AUTO) {
      return REQUESTED;
    }
    return fallbackError == 0 ? BEST : refusal(fallbackError).orElse(ERROR);
  }

  /**
   * Why a source that failed with {@code errno} can't be had, as libsynoptic classifies it; empty
   * for a timeout or a shortage, after which it may answer the next time.
   */
  static Optional<SourceReason> refusal(int errno) {
    return switch (NativeLoader.loaded().api().synoptic_refusal(errno)) {
      case SnapshotLayout.REFUSAL_NONE -> Optional.empty();
      case SnapshotLayout.REFUSAL_FORBIDDEN -> Optional.of(FORBIDDEN);
      case SnapshotLayout.REFUSAL_UNSUPPORTED -> Optional.of(UNSUPPORTED);
      case SnapshotLayout.REFUSAL_IMPLAUSIBLE -> Optional.of(IMPLAUSIBLE);
      default -> Optional.of(ERROR);
    };
  }

  /** Whether a better source was wanted and could not be had. */
  public boolean isFallback() {
    return this != BEST && this != REQUESTED;
  }

  /** As metrics carry it: {@code best}. */
  public String label() {
    return label;
  }
}
