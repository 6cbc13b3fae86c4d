package io.synoptic;

import java.util.Locale;

/** Why a scan read from the source it did: a closed list. */
public enum SourceReason {
  /** It is the best there is. */
  BEST,
  /** It was asked for by name. */
  REQUESTED;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Whether a better source was wanted and could not be had. */
  public boolean isFallback() {
    return false;
  }

  /** As metrics carry it: {@code best}. */
  public String label() {
    return label;
  }
}
