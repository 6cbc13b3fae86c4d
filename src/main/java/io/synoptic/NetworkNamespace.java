package io.synoptic;

/**
 * A network namespace as labels name it. Once named it keeps its names while it lives.
 *
 * @param netns its name under {@code /run/netns}, else the inode number that {@code
 *     /proc/<pid>/ns/net} shows; where that may not be read, {@code pid-} and the number of a
 *     process in it
 * @param namespace the Kubernetes namespace of the pod that it is of, or empty
 * @param pod that pod's name, or empty
 */
public record NetworkNamespace(String netns, String namespace, String pod) {
  /** The one that this process lives in: no name at all. */
  public static final NetworkNamespace OWN = new NetworkNamespace("", "", "");
}
