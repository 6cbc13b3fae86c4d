package io.synoptic.findings;

import io.synoptic.NetworkNamespace;
import io.synoptic.Owner;
import java.util.Locale;

/**
 * What a finding is about.
 *
 * @param namespace the network namespace it is in
 * @param kind of what
 * @param address of a listener group; empty for any other kind
 * @param port of a listener group; empty for any other kind
 * @param owner of a listener group or of connections; {@link Owner#NONE} if it is not known
 * @param process that holds a listener; empty if it is not known
 */
public record Subject(
    NetworkNamespace namespace,
    Kind kind,
    String address,
    String port,
    Owner owner,
    String process) {
  /** Of what a finding is. */
  public enum Kind {
    /** A listener group. */
    LISTENER,
    /** The connections of one owner. */
    OWNER,
    /** The connections that were begun in a network namespace, or all of them. */
    NAMESPACE,
    /** The host: what all its network namespaces share. */
    HOST;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** As programs read it: {@code listener}. */
    public String label() {
      return label;
    }
  }
}
