package io.synoptic;

/**
 * How the network namespaces of a whole host are scanned.
 *
 * @param source {@link Source#AUTO} is bpf, and proc where that can't be had; {@link Source#BPF}
 *     and {@link Source#PROC} are themselves. {@link Source#SOCK_DIAG} sees no other namespace
 * @param filter which are shown besides the one that this process lives in
 * @param coreShare how much of a core proc may take for the others, above 0, at most 1; bpf takes
 *     what one pass over the kernel's tables costs
 */
public record EveryNamespace(Source source, NamespaceFilter filter, double coreShare) {
  /** Refuses what can't be. */
  public EveryNamespace {
    if (source == Source.SOCK_DIAG) {
      throw new IllegalArgumentException("sock_diag sees no other namespace");
    }
    if (!(coreShare > 0 && coreShare <= 1)) {
      throw new IllegalArgumentException("coreShare must be above 0 and at most 1: " + coreShare);
    }
  }
}
