package io.synoptic.findings;

import java.util.Locale;

/** How bad a finding is; the worst comes first. */
public enum Severity {
  /** Connections fail or wait now. */
  CRITICAL,
  /** They will, or some do. */
  WARNING;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** As people and programs read it: {@code critical}. */
  public String label() {
    return label;
  }
}
