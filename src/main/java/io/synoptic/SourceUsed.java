package io.synoptic;

/**
 * Where one scan read the sockets from.
 *
 * @param source never {@link Source#AUTO}
 * @param reason why from there
 * @param obstacle what kept it from the better source, and what to do about it; empty if no better
 *     one was wanted
 */
public record SourceUsed(Source source, SourceReason reason, String obstacle) {
  /** Of what only procfs has. */
  public static final SourceUsed PROCFS = new SourceUsed(Source.PROC, SourceReason.BEST, "");
}
