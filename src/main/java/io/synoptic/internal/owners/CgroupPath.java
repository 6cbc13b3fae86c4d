package io.synoptic.internal.owners;

import java.util.regex.Pattern;

/**
 * What the path of a cgroup names. Units come from systemd, on the host or in a container; pods
 * from the kubelet; containers from whatever runtime named the cgroup after the container's id. The
 * owner of a cgroup may name others in it as he likes, so where a name is found counts.
 *
 * <p>A unit is the host's where nothing but slices is above it, and a user's below {@code
 * user@UID.service}, where it begins with {@code user@UID/}. Nested as these can be, the unit
 * within the container wins, and the container within the container. A pod's unit is one in its
 * container or none, for what the pods' cgroups are put in says nothing of the pod.
 *
 * @param unit a systemd unit, or empty. A scope that is named after its container's id is not one
 * @param container the full id of a container, or its name (LXC, systemd-nspawn, ctr), or empty
 * @param podUid the uid of a Kubernetes pod, or empty
 */
record CgroupPath(String unit, String container, String podUid) {
  private static final int SHORT_ID = 12;
  private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

  /**
   * Reads a path, all of it named by root as far as anybody knows.
   *
   * @param path from the hierarchy's root, such as {@code /system.slice/nginx.service}, or from the
   *     reader's own cgroup: {@code /../kubepods-pod...}
   */
  static CgroupPath parse(String path) {
    return parse(path, path.length());
  }

  /**
   * Reads a path.
   *
   * @param rootsLength how much of it was named by root; what follows is in the hands of another
   */
  static CgroupPath parse(String path, int rootsLength) {
    CgroupPathReader reader = new CgroupPathReader();
    for (int start = 1, end; start <= path.length(); start = end + 1) {
      end = path.indexOf('/', start) < 0 ? path.length() : path.indexOf('/', start);
      reader.enter(path.substring(start, end), end <= rootsLength);
    }
    return reader.result();
  }

  /** The container as a label says it while nothing better is known. */
  String shortContainer() {
    return isId(container) ? container.substring(0, SHORT_ID) : container;
  }

  static boolean isId(String container) {
    return ID.matcher(container).matches();
  }
}
