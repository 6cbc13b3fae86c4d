package io.synoptic;

import java.util.Locale;

/** Why a scan read from the source it did: a closed list. */
public enum SourceReason {
  /** It is the best there is. */
  BEST,
  /** It was asked for by name. */
  REQUESTED,
  /** The better one is forbidden: {@code EPERM}, {@code EACCES}. */
  FORBIDDEN,
  /**
   * The better one is unknown here: {@code EPROTONOSUPPORT}, {@code EAFNOSUPPORT}, {@code
   * EOPNOTSUPP}, {@code ENOENT}, {@code EINVAL}.
   */
  UNSUPPORTED,
  /** The better one's answer was none that a Linux kernel gives: {@code EPROTO} and others. */
  IMPLAUSIBLE,
  /** The better one took longer than half of the scan's time. */
  TIMEOUT,
  /** Of bpf: this build has no program, for want of clang or libbpf. */
  NOT_BUILT,
  /** Of bpf: nobody has loaded the program, which the launcher does. */
  NOT_LOADED,
  /** Of bpf: the kernel's verifier has refused the program. */
  VERIFIER,
  /** The better one failed otherwise. */
  ERROR;

  private final String label = name().toLowerCase(Locale.ROOT);

  static SourceReason of(Source requested, int fallbackError) {
    if (requested != Source.AUTO) {
      return REQUESTED;
    }
    return switch (fallbackError) {
      case 0 -> BEST;
      case Errno.EPERM, Errno.EACCES -> FORBIDDEN;
      case Errno.EPROTONOSUPPORT,
          Errno.EAFNOSUPPORT,
          Errno.EOPNOTSUPP,
          Errno.ENOENT,
          Errno.EINVAL ->
          UNSUPPORTED;
      case Errno.EPROTO, Errno.EBADMSG, Errno.EMSGSIZE -> IMPLAUSIBLE;
      case Errno.ETIMEDOUT -> TIMEOUT;
      default -> ERROR;
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
