package io.synoptic.internal.owners;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Goes down the path of a cgroup, name by name. */
final class CgroupPathReader {
  /** Units that can have processes. A listener may be in its .socket, an NFS client in a .mount. */
  private static final Pattern UNIT = Pattern.compile(".+\\.(service|scope|socket|mount|swap)");

  private static final Pattern USER = Pattern.compile("(?<user>user@.+)\\.service");
  private static final Pattern POD_SLICE =
      Pattern.compile("(?:.+-)?kubepods(?:-burstable|-besteffort)?-pod(?<uid>.+)\\.slice");
  private static final Pattern POD_FOLDER = Pattern.compile("pod(?<uid>.+)");

  /** As the API server makes one, or a hash of a file. */
  private static final Pattern UID = Pattern.compile("[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}");

  private static final Pattern QOS = Pattern.compile("burstable|besteffort");
  private static final Pattern CONTAINER =
      Pattern.compile("(?:(?<runtime>.+)[-:])?(?<id>[0-9a-f]{64})(?:\\.scope)?");
  private static final Pattern MACHINE =
      Pattern.compile("machine-(?<scope>.+)\\.scope|systemd-nspawn@(?<service>.+)\\.service");
  private static final Pattern MANAGED = Pattern.compile("payload|init\\.scope|.+\\.slice");
  private static final Pattern ESCAPED = Pattern.compile("\\\\x([0-9a-f]{2})");
  private static final String LXC_PREFIX = "lxc.payload.";
  private static final Pattern LXC_FOLDER = Pattern.compile("lxc|lxc\\.payload");

  private static final String OUTSIDE = "..";

  private String unit = "";
  private String container = "";
  private String podUid = "";

  /** Before the names of units of a user's own manager, in which we are. */
  private String user = "";

  /** Whether nothing but slices has been above, and whether a unit has, in this container. */
  private boolean inSlices = true;

  private boolean inUnit;

  /** The names above, or where they are out of sight, {@link #OUTSIDE}; empty for none. */
  private String above = "";

  private String aboveThat = "";
  private int depth;

  CgroupPath result() {
    return new CgroupPath(unit, container, podUid);
  }

  /** Whether a cgroup of this name is handed over to others, who may make any number in it. */
  static boolean isHandedOver(String name) {
    return UNIT.matcher(name).matches()
        || CONTAINER.matcher(name).matches()
        || name.startsWith(LXC_PREFIX);
  }

  /**
   * Enters the cgroup of that name.
   *
   * @param byRoot whether root has named it
   */
  void enter(String file, boolean byRoot) {
    String name = unescapeFile(file);
    if (!name.equals(OUTSIDE)) {
      if (byRoot) {
        enterPod(name);
      }
      enterContainer(name, byRoot);
      enterUnit(name, byRoot);
      inSlices &= name.endsWith(".slice");
    }
    aboveThat = above;
    above = name;
    depth++;
  }

  private void enterPod(String name) {
    // Where a runtime was given "slice:prefix:id" and took it for a file name.
    int colon = name.indexOf(':');
    Matcher slice = POD_SLICE.matcher(colon < 0 ? name : name.substring(0, colon));
    Matcher folder = POD_FOLDER.matcher(name);
    boolean mayBe = user.isEmpty() && (!inUnit || colon >= 0);
    if (mayBe && slice.matches()) {
      enterPodOf(slice.group("uid").replace('_', '-'));
    } else if (mayBe && folder.matches() && isInPods(folder.group("uid"))) {
      enterPodOf(folder.group("uid"));
    }
  }

  private void enterPodOf(String uid) {
    unit = "";
    container = "";
    podUid = uid;
    inUnit = false;
  }

  /** Of the cgroups above its own a reader in a cgroup namespace sees no names. */
  private boolean isInPods(String uid) {
    String pods = QOS.matcher(above).matches() ? aboveThat : above;
    return pods.equals("kubepods") || (pods.equals(OUTSIDE) && UID.matcher(uid).matches());
  }

  private void enterContainer(String name, boolean byRoot) {
    String inner = container(name);
    // Root's alone, and in a container of root's its own.
    if (inner.isEmpty() || (!byRoot && (unit.isEmpty() || !container.isEmpty()))) {
      return;
    }
    container = inner;
    // Units within are the container's, unless the one who names them has named that, too.
    inUnit &= !byRoot && user.isEmpty();
  }

  private String container(String name) {
    Matcher id = CONTAINER.matcher(name);
    if (id.matches()) {
      String runtime = id.group("runtime");
      return runtime != null && runtime.endsWith("conmon") ? "" : id.group("id");
    }
    if (name.startsWith(LXC_PREFIX)) {
      return name.substring(LXC_PREFIX.length());
    }
    // containerd's default namespace, and an id that ctr was given
    if (LXC_FOLDER.matcher(above).matches() || (above.equals("default") && depth == 1)) {
      return name;
    }
    Matcher machine = MACHINE.matcher(above);
    if (machine.matches() && MANAGED.matcher(name).matches()) {
      String scope = machine.group("scope");
      return unescapeUnit(scope == null ? machine.group("service") : scope);
    }
    return "";
  }

  private void enterUnit(String name, boolean byRoot) {
    boolean manager = name.equals("init.scope") && !(unit + container).isEmpty();
    boolean ofContainer = CgroupPath.isId(container) && name.endsWith(container + ".scope");
    if (inUnit || manager || ofContainer || !UNIT.matcher(name).matches()) {
      return;
    }
    boolean ofHost = container.isEmpty() && user.isEmpty();
    if (ofHost && !(byRoot && inSlices)) {
      return;
    }
    unit = user + name;
    Matcher manages = USER.matcher(name);
    if (manages.matches() && user.isEmpty()) {
      user = manages.group("user") + "/";
    } else {
      inUnit = true;
    }
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
