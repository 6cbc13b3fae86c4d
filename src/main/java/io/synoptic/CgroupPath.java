package io.synoptic;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the path of a cgroup tells. Units come from systemd, on the host or in a container; pods
 * from the kubelet; containers from whatever runtime named the cgroup after the container's id.
 *
 * <p>Nested as these can be, the innermost wins: the unit within the container, the container
 * within the container. A pod's unit is one in its container or none, for what the pods' cgroups
 * are put in says nothing of the pod.
 *
 * @param unit a systemd unit, or empty. A scope that is named after its container's id is none
 * @param container the full id of a container, or its name (LXC, systemd-nspawn, ctr), or empty
 * @param podUid the uid of a Kubernetes pod, or empty
 */
record CgroupPath(String unit, String container, String podUid) {
  private static final int SHORT_ID = 12;

  /** Units that can have processes. A listener may be in its .socket, an NFS client in a .mount. */
  private static final Pattern UNIT = Pattern.compile(".+\\.(service|scope|socket|mount|swap)");

  private static final Pattern POD_SLICE =
      Pattern.compile("(?:.+-)?kubepods(?:-burstable|-besteffort)?-pod(?<uid>.+)\\.slice");
  private static final Pattern POD_FOLDER = Pattern.compile("pod(?<uid>.+)");
  private static final Pattern QOS = Pattern.compile("(?:.*/)?kubepods(?:/burstable|/besteffort)?");
  private static final Pattern CONTAINER =
      Pattern.compile("(?:(?<runtime>.+)[-:])?(?<id>[0-9a-f]{64})(?:\\.scope)?");
  private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern MACHINE =
      Pattern.compile("machine-(?<scope>.+)\\.scope|systemd-nspawn@(?<service>.+)\\.service");
  private static final Pattern MANAGED = Pattern.compile("payload|init\\.scope|.+\\.slice");
  private static final Pattern ESCAPED = Pattern.compile("\\\\x([0-9a-f]{2})");
  private static final String LXC = "lxc.payload.";

  private static final CgroupPath NOTHING = new CgroupPath("", "", "");

  /**
   * Reads a path.
   *
   * @param path from the hierarchy's root, such as {@code /system.slice/nginx.service}
   */
  static CgroupPath parse(String path) {
    CgroupPath known = NOTHING;
    for (int start = 1, end; start <= path.length(); start = end + 1) {
      end = path.indexOf('/', start) < 0 ? path.length() : path.indexOf('/', start);
      String above = path.substring(0, start - 1);
      String name = unescapeFile(path.substring(start, end));
      known = known.inPod(above, name).inContainer(above, name).inUnit(name);
    }
    return known;
  }

  /** The container as a label says it while nothing better is known. */
  String shortContainer() {
    return isId(container) ? container.substring(0, SHORT_ID) : container;
  }

  private static boolean isId(String container) {
    return ID.matcher(container).matches();
  }

  private CgroupPath inPod(String above, String name) {
    // Where a runtime was told "slice:prefix:id" and took it for a file name.
    int colon = name.indexOf(':');
    Matcher slice = POD_SLICE.matcher(colon < 0 ? name : name.substring(0, colon));
    if (slice.matches()) {
      return new CgroupPath("", "", slice.group("uid").replace('_', '-'));
    }
    Matcher folder = POD_FOLDER.matcher(name);
    return folder.matches() && QOS.matcher(above).matches()
        ? new CgroupPath("", "", folder.group("uid"))
        : this;
  }

  private CgroupPath inContainer(String above, String name) {
    Matcher id = CONTAINER.matcher(name);
    if (id.matches()) {
      String runtime = id.group("runtime");
      return runtime != null && runtime.endsWith("conmon") ? this : withContainer(id.group("id"));
    }
    if (name.startsWith(LXC)) {
      return withContainer(name.substring(LXC.length()));
    }
    if (above.equals("/default")) {
      return withContainer(name); // containerd's default namespace, and an id that ctr was given
    }
    Matcher machine = MACHINE.matcher(unescapeFile(above.substring(above.lastIndexOf('/') + 1)));
    if (machine.matches() && MANAGED.matcher(name).matches()) {
      String scope = machine.group("scope");
      return withContainer(unescapeUnit(scope == null ? machine.group("service") : scope));
    }
    return this;
  }

  private CgroupPath withContainer(String innermost) {
    return new CgroupPath(unit, innermost, podUid);
  }

  private CgroupPath inUnit(String name) {
    boolean manager = name.equals("init.scope") && !(unit + container).isEmpty();
    boolean containerScope = isId(container) && name.endsWith(container + ".scope");
    return manager || containerScope || !UNIT.matcher(name).matches()
        ? this
        : new CgroupPath(name, container, podUid);
  }

  /** systemd puts a {@code _} before a name that the kernel could use or that begins with one. */
  private static String unescapeFile(String name) {
    return name.startsWith("_") ? name.substring(1) : name;
  }

  private static String unescapeUnit(String name) {
    return ESCAPED
        .matcher(name)
        .replaceAll(
            m -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 16))));
  }
}
