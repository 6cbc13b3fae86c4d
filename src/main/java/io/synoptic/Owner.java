package io.synoptic;

/**
 * Whose a socket is, as labels say it; a name that is not known is empty.
 *
 * @param unit the systemd unit, as {@code systemctl} names it; of a container without systemd, the
 *     unit that runs it, if there is one
 * @param container the container's name in its pod, else its short id, or the name of an LXC or
 *     systemd-nspawn container
 * @param namespace the pod's Kubernetes namespace
 * @param pod the pod's name
 */
public record Owner(String unit, String container, String namespace, String pod) {
  /** An unknown owner. */
  public static final Owner NONE = new Owner("", "", "", "");
}
