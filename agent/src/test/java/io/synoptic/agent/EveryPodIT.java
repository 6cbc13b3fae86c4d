package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The chart's mode every-pod, as its manifest says it and kubelet does it: the image in the host's
 * network, among the host's processes, as root until Java starts; and beside it a pod with a
 * network namespace of its own.
 */
@Tag("waits")
@Timeout(120)
class EveryPodIT {
  private static final String READY = "Synoptic answers at ";
  private static final String UID = "11111111-2222-3333-4444-%012d";

  @TempDir static Path unpacked;

  private static OciImage image;

  /** The kubelet's, in place of /var/log. */
  @TempDir private Path logs;

  private NetworkNamespace network;
  private Lab lab;
  private Path cgroup;
  private String labels;

  @BeforeAll
  static void unpack() throws Exception {
    image = OciImage.built(unpacked);
  }

  @BeforeEach
  void makeLogFolders() throws Exception {
    Files.createDirectory(logs.resolve("containers"));
    Files.createDirectory(logs.resolve("pods"));
  }

  private void startPod() throws Exception {
    String uid = UID.formatted(ProcessHandle.current().pid());
    Files.createDirectories(logs.resolve("pods/shop_web-0_" + uid));
    network = NetworkNamespace.create(1024);
    lab = Lab.in(network, "ipv4:listener=1,backlog=16,fill=5,port=8080", "ipv6:close_wait=7");
    cgroup = makeCgroup("synoptic-" + uid + "/kubepods/besteffort/pod" + uid);
    Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(lab.pid()));
    labels = "namespace=\"shop\",netns=\"" + network.name() + "\",pod=\"web-0\"";
  }

  private static Path makeCgroup(String path) throws Exception {
    Optional<Path> hierarchy =
        Stream.of("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
            .map(Path::of)
            .filter(root -> Files.isWritable(root.resolve("cgroup.procs")))
            .findFirst();
    assumeTrue(hierarchy.isPresent(), "no cgroup can be made here");
    return Files.createDirectories(hierarchy.orElseThrow().resolve(path));
  }

  @AfterEach
  void endPod() throws Exception {
    if (lab != null) {
      lab.close();
    }
    if (network != null) {
      network.close();
    }
    for (int i = 0; cgroup != null && i < 4; i++) {
      Files.delete(cgroup);
      cgroup = cgroup.getParent();
    }
  }

  /** The agent as the manifest has it, but on a free port of loopback, and with these logs. */
  private Container start(Container.Bpf bpf) throws Exception {
    Map<String, Object> daemonSet = Manifest.of("every-pod", "DaemonSet");
    Map<String, Object> pod = child(child(child(daemonSet, "spec"), "template"), "spec");
    assertThat(pod).containsEntry("hostNetwork", true).containsEntry("hostPID", true);
    Map<String, Object> container = OciImage.maps(pod.get("containers")).get(0);
    List<String> command = new ArrayList<>(OciImage.texts(container.get("command")));
    for (String argument : OciImage.texts(container.get("args"))) {
      command.add(argument.replaceFirst("(--web.listen-address)=.*", "$1=127.0.0.1:0"));
    }
    command.addAll(List.of("--scan.min-interval=0s", "--scan.cpu-budget=off"));
    Map<String, Object> user = child(container, "securityContext");
    List<String> capabilities =
        OciImage.texts(child(child(container, "securityContext"), "capabilities").get("add"));
    Container.Grants grants =
        new Container.Grants(
            user.get("runAsUser") + ":" + user.get("runAsGroup"),
            capabilities.stream().map(name -> "CAP_" + name).toList(),
            Optional.empty(),
            true,
            mounts(
                OciImage.maps(pod.get("volumes")), OciImage.maps(container.get("volumeMounts"))));
    return Container.run(image, grants, bpf, command);
  }

  private static Map<String, Object> child(Map<String, Object> parent, String key) {
    return OciImage.map(parent.get(key));
  }

  private List<Container.Mount> mounts(
      List<Map<String, Object>> volumes, List<Map<String, Object>> mounts) {
    Map<Object, Map<String, Object>> byName =
        volumes.stream()
            .collect(Collectors.toMap(volume -> volume.get("name"), Function.identity()));
    List<Container.Mount> shown = new ArrayList<>();
    for (Map<String, Object> mount : mounts) {
      String path = child(byName.get(mount.get("name")), "hostPath").get("path").toString();
      assertThat(mount).containsEntry("readOnly", true);
      shown.add(
          new Container.Mount(
              Path.of(path.replaceFirst("^/var/log", logs.toString())),
              mount.get("mountPath").toString(),
              "HostToContainer".equals(mount.get("mountPropagation"))));
    }
    return shown;
  }

  private static HttpExchange connect(int port) throws Exception {
    return new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  private static String await(HttpExchange http, String text, boolean there) throws Exception {
    long start = System.nanoTime();
    while (true) {
      String metrics = http.get("/metrics").text();
      if (metrics.contains(text) == there) {
        return metrics;
      }
      assertThat(System.nanoTime() - start).as(text).isLessThan(TimeUnit.SECONDS.toNanos(60));
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  @Test
  void eachPodIsTheOneThatPrometheusSeesAndJavaHasNoPrivilege(@TempDir Path folder)
      throws Exception {
    Bpf.assumeItLoads();
    startPod();
    try (Container agent = start(Container.Bpf.BY_CAPABILITY)) {
      int port = URI.create(agent.awaitLine(READY)).getPort();
      try (HttpExchange http = connect(port)) {
        String metrics = await(http, labels, true);

        assertThat(metrics)
            .contains("collector=\"sockets\",reason=\"best\",source=\"bpf\"} 1")
            .contains("family=\"ipv6\"," + labels + ",state=\"close_wait\"} 7.0")
            .contains("accept_queue_limit{address=\"127.0.0.1\"," + labels + ",port=\"8080\"} 16.0")
            // Through the process that bpf names, which is among those it sees.
            .containsPattern("synoptic_tcp_passive_opens_total\\{" + labels + "} [1-9]");
        assertThat(agent.proc().statusOfThreads("Uid"))
            .allMatch("65529\t65529\t65529\t65529"::equals);
        assertThat(agent.proc().statusOfThreads("Gid"))
            .allMatch("65529\t65529\t65529\t65529"::equals);
        assertThat(agent.proc().statusOfThreads("Groups")).allMatch(String::isEmpty);
        agent.proc().assertUnprivileged();
        assertThat(agent.proc().statusOfThreads("Seccomp")).allMatch("2"::equals);
        assertThat(agent.errors()).isEmpty();
      }
      assertPrometheusTellsThePod(port, folder);
    }
  }

  /** Its series are the pod's, the target is the agent's. */
  private static void assertPrometheusTellsThePod(int port, Path folder) throws Exception {
    String config = PodMonitor.scrapeConfig("every-pod", "synoptic-x7", port);
    try (RunningPrometheus prometheus = RunningPrometheus.start(folder, config)) {
      String listener = "synoptic_tcp_listener_accept_queue_length{port='8080',pod='web-0'}";
      while (prometheus.query(listener).isEmpty()) { // @Timeout ends it
        TimeUnit.MILLISECONDS.sleep(100);
      }
      assertThat(prometheus.labels(listener))
          .containsEntry("namespace", "shop")
          .containsEntry("node", "worker-1")
          .containsEntry("job", "synoptic")
          .doesNotContainKeys("exported_namespace", "exported_pod");
      assertThat(prometheus.labels("up")).containsEntry("pod", "synoptic-x7");
    }
  }

  @Test
  void aPodMayComeLaterAndWhenItGoesItsSeriesGo() throws Exception {
    Bpf.assumeItLoads();
    try (Container agent = start(Container.Bpf.BY_CAPABILITY);
        HttpExchange http = connect(URI.create(agent.awaitLine(READY)).getPort())) {
      startPod();
      await(http, labels, true);

      lab.close();
      lab = null;
      network.close();
      network = null;

      await(http, labels, false);
    }
  }

  @Test
  void whereTheEngineRefusesBpfPodsAreReadThroughProcAndTheReasonIsSaid() throws Exception {
    startPod();
    try (Container agent = start(Container.Bpf.REFUSED);
        HttpExchange http = connect(URI.create(agent.awaitLine(READY)).getPort())) {
      String metrics = await(http, "pod=\"web-0\"", true);

      assertThat(metrics)
          .contains("collector=\"sockets\",reason=\"forbidden\",source=\"proc\"} 1")
          .contains("namespace=\"shop\"");
      assertThat(agent.errors())
          .hasLineCount(1)
          .contains("reading from proc, for bpf: ", "seccomp");
      agent.proc().assertUnprivileged();
    }
  }
}
