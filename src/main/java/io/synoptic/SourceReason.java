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
   * The better one is unknown here: {@code EPROTONOSUPPORT}, {@code EAFNOSUPPORT}, {@code ENOENT},
   * {@code EINVAL} and others.
   */
  UNSUPPORTED,
  /** No Linux kernel answers as the better one did: {@code EPROTO} and others. */
  IMPLAUSIBLE,
  /** Of bpf: this build has no program: it was built without clang or libbpf. */
  NOT_BUILT,
  /** Of bpf: the launcher, which loads the program, did not run. */
  NOT_LOADED,
  /** Of bpf: the kernel's verifier has refused the program. */
  VERIFIER,
  /** The better one was refused otherwise. */
  ERROR;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Whether a better source was wanted and could not be had. */
  public boolean isFallback() {
    return this != BEST && this != REQUESTED;
  }

  /** As metrics carry it: {@code best}. */
  public String label() {
    return label;
  }
}
