package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.synoptic.agent.HttpExchange.Answer;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One agent and every network namespace of the host: a hundred of them, each otherwise populated.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NodeIT {
  private static final int PLACES = 100;

  /** Of these, so many have a table of connections of their own. */
  private static final int OWN_TABLES = 5;

  private record Place(NetworkNamespace namespace, Lab lab) implements AutoCloseable {
    /** The label: bpf knows the name, through proc no more is known than a process. */
    String netns(String source) {
      return source.equals("bpf") ? namespace.name() : "pid-" + lab.pid();
    }

    @Override
    public void close() throws Exception {
      try (namespace) {
        lab.close();
      }
    }
  }

  private final List<Place> places = new ArrayList<>();
  private final Map<String, Viewer> viewers = new TreeMap<>();

  /** The kubelet's log folder, as far as the viewers look into it. */
  @TempDir private static Path logs;

  /** An agent that a test asks. A namespace without a pod is shown ten seconds after the first. */
  private record Viewer(RunningAgent agent) implements AutoCloseable {
    Answer scrape() throws Exception {
      try (HttpExchange http =
          new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), agent.port()))) {
        return http.get("/metrics");
      }
    }

    /** Scrapes until namespaces are shown. */
    Answer await(String... netns) throws Exception {
      long start = System.nanoTime();
      for (Answer answer = scrape(); ; answer = scrape()) {
        String text = answer.text();
        if (Stream.of(netns).allMatch(each -> text.contains(label(each)))) {
          return answer;
        }
        assertThat(System.nanoTime() - start).as(netns[0]).isLessThan(TimeUnit.SECONDS.toNanos(60));
        TimeUnit.MILLISECONDS.sleep(250);
      }
    }

    @Override
    public void close() throws Exception {
      agent.close();
    }
  }

  private static Place place(int number, String... more) throws Exception {
    NetworkNamespace namespace = NetworkNamespace.create(number < OWN_TABLES ? 1024 << number : 0);
    List<String> population = new ArrayList<>(List.of(more));
    for (int i = 0; i < 3; i++) {
      String family = List.of("ipv4", "ipv6", "mapped").get((number + i) % 3);
      String state = NamespaceIT.STATES.get((number + 3 * i) % NamespaceIT.STATES.size());
      population.add(family + ":" + state + "=" + (1 + number + 2 * i));
    }
    population.add("ipv4:listener=2,group=2,backlog=" + (2 + number % 7) + ",fill=3");
    return new Place(namespace, Lab.in(namespace, population.toArray(String[]::new)));
  }

  @BeforeAll
  void populate() throws Exception {
    for (int i = 0; i < PLACES; i++) {
      places.add(place(i));
    }
    view("bpf", List.of());
    view("proc", List.of(), "--source=proc");
    view(
        "unprivileged",
        List.of("setpriv", "--bounding-set=-bpf,-perfmon,-sys_admin", "--inh-caps=-all"));
    String hidden = places.get(12).namespace.name();
    view(
        "choosy",
        List.of(),
        "--netns.include=" + places.get(11).namespace.name() + "," + hidden,
        "--netns.exclude=*" + hidden);
  }

  private void view(String name, List<String> prefix, String... options) throws Exception {
    List<String> all =
        new ArrayList<>(List.of("--netns=all", "--netns.cpu-budget=100", "--scan.min-interval=0s"));
    all.add("--path.logs=" + logs);
    all.addAll(List.of(options));
    viewers.put(name, new Viewer(RunningAgent.start(prefix, Map.of(), all.toArray(String[]::new))));
  }

  @AfterAll
  void leave() throws Exception {
    for (Viewer viewer : viewers.values()) {
      viewer.close();
    }
    for (Place place : places) {
      place.close();
    }
  }

  /** The agent that reads through a source; skips the test where it is refused here. */
  private Viewer viewer(String name) throws Exception {
    if (name.equals("bpf") || name.equals("choosy")) {
      Bpf.assumeItLoads();
    }
    return viewers.get(name);
  }

  private static String label(String netns) {
    return "netns=\"" + netns + "\"";
  }

  private static Map<String, Object> seen(Answer answer, String netns, boolean bpf) {
    Map<String, Object> seen = new TreeMap<>(SocketCounts.fromMetrics(answer.text(), netns));
    ListenerSeries listeners = new ListenerSeries(answer.text(), netns);
    listeners
        .groups()
        .forEach(
            (group, series) -> {
              seen.put(group + " length", series.get("accept_queue_length"));
              seen.put(group + " limit", series.get("accept_queue_limit"));
              seen.put(group + " drops", series.get("drops_total"));
            });
    if (!bpf) {
      seen.values().removeIf(value -> value == null);
    }
    return seen;
  }

  private static Map<String, Object> inside(NetworkNamespace namespace, boolean bpf)
      throws Exception {
    Map<String, Object> inside = new TreeMap<>(SocketCounts.fromSs(namespace));
    ListenerSeries.queuesFromSs(namespace)
        .forEach(
            (group, queues) -> {
              inside.put(group + " length", queues.length());
              if (bpf) {
                inside.put(group + " limit", queues.limit());
              }
            });
    return inside;
  }

  /** All but drops, which the agent counts from its own start. */
  private static Map<String, Object> withoutDrops(Map<String, Object> seen) {
    return seen.entrySet().stream()
        .filter(entry -> !entry.getKey().endsWith(" drops"))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bpf", "proc"})
  void ofEachNamespaceItSaysWhatSsSaysInside(String source) throws Exception {
    boolean bpf = source.equals("bpf");
    Viewer viewer = viewer(source);
    List<Place> left = new ArrayList<>(places);
    viewer.await(places.stream().map(place -> place.netns(source)).toArray(String[]::new));
    // A TIME_WAIT may end between the two, and a repeated SYN may come.
    for (int i = 0; i < 5 && !left.isEmpty(); i++) {
      Answer answer = viewer.scrape();
      for (Place place : List.copyOf(left)) {
        if (withoutDrops(seen(answer, place.netns(source), bpf))
            .equals(inside(place.namespace, bpf))) {
          left.remove(place);
        }
      }
    }
    if (!left.isEmpty()) {
      Place place = left.get(0);
      assertThat(withoutDrops(seen(viewer.scrape(), place.netns(source), bpf)))
          .as("%d differ, such as %s", left.size(), place.netns(source))
          .isEqualTo(inside(place.namespace, bpf));
    }
    // The agent's own, which is one among them, has no name.
    assertThat(SocketCounts.fromMetrics(viewer.scrape().text())).isNotEmpty();
    assertThat(viewer.agent.errors()).isEmpty();
  }

  @Test
  void countersAndLimitsAreThoseOfEachNamespace() throws Exception {
    NetworkNamespace namespace = places.get(7).namespace;
    namespace.set("net.core.somaxconn", 777);
    namespace.set("net.ipv4.tcp_max_tw_buckets", 4321);
    namespace.set("net.ipv4.ip_local_reserved_ports", "40000-40009");
    String labels = "{namespace=\"\"," + label(namespace.name()) + ",pod=\"\"}";
    Viewer viewer = viewer("bpf");
    viewer.await(namespace.name());
    Answer answer = viewer.scrape();

    assertThat(answer.sample("synoptic_tcp_somaxconn" + labels)).isEqualTo(777);
    assertThat(answer.sample("synoptic_tcp_time_wait_buckets_limit" + labels)).isEqualTo(4321);
    assertThat(answer.sample("synoptic_tcp_ephemeral_ports_limit" + labels)).isEqualTo(28222);
    assertThat(answer.sample("synoptic_tcp_active_opens_total" + labels))
        .isEqualTo(counter(namespace, "TcpActiveOpens"))
        .isPositive();
    assertThat(answer.sample("synoptic_tcp_connection_requests_dropped_total" + labels))
        .isEqualTo(counter(namespace, "TcpExtListenDrops"));
    // What the host has once is shown once.
    assertThat(answer.text()).doesNotContain("synoptic_tcp_host_orphans" + labels);
  }

  private static double counter(NetworkNamespace namespace, String name) throws Exception {
    String line = namespace.exec("nstat", "-asz", name).lines().skip(1).findFirst().orElseThrow();
    return Double.parseDouble(line.strip().split(" +", -1)[1]);
  }

  @Test
  void patternsChooseWhatIsShown() throws Exception {
    String shown = places.get(11).namespace.name();

    assertThat(netns(viewer("choosy").await(shown))).containsExactlyInAnyOrder("", shown);
  }

  private static List<String> netns(Answer answer) {
    return Pattern.compile("netns=\"([^\"]*)\"")
        .matcher(answer.text())
        .results()
        .map(match -> match.group(1))
        .distinct()
        .toList();
  }

  @Test
  void aNamespaceThatHasGoneTakesItsSeriesAlong() throws Exception {
    Viewer viewer = viewer("bpf");
    Place place = places.get(PLACES - 1);
    viewer.await(place.namespace.name());

    place.close();
    places.set(PLACES - 1, place(PLACES - 1));
    long start = System.nanoTime();
    while (viewer.scrape().text().contains(label(place.namespace.name()))) {
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(10));
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bpf", "proc"})
  void tenThousandNamespacesComeAndGoAndNoneIsKept(String source) throws Exception {
    Viewer viewer = viewer(source);
    int before = viewer.agent.proc().descriptors().size();

    CompletableFuture<Void> churn =
        CompletableFuture.runAsync(
            () -> {
              try {
                NetworkNamespace.churn(10_000);
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    int scrapes = 0;
    while (!churn.isDone()) {
      Answer answer = viewer.scrape();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.sample("synoptic_scan_success{collector=\"sockets\"}")).isEqualTo(1);
      scrapes++;
    }
    churn.get();

    assertThat(scrapes).isPositive();
    // The server may not yet have seen that the last scraper has closed.
    long start = System.nanoTime();
    while (viewer.agent.proc().descriptors().size() > before) {
      assertThat(System.nanoTime() - start)
          .as(viewer.agent.proc().descriptors().toString())
          .isLessThan(TimeUnit.SECONDS.toNanos(10));
      TimeUnit.MILLISECONDS.sleep(50);
    }
    assertThat(viewer.agent.proc().descriptors())
        .noneMatch(descriptor -> descriptor.startsWith("net:"));
    assertThat(viewer.agent.errors()).isEmpty();
  }

  @Test
  void noThreadHasACapability() throws Exception {
    viewer("bpf").agent.proc().assertUnprivileged();
  }

  @Test
  void whereNobodyMayLoadAProgramTheOthersAreReadThroughProcAndTheReasonIsSaid() throws Exception {
    Viewer viewer = viewer("unprivileged");
    String netns = "pid-" + places.get(0).lab.pid();
    Answer answer = viewer.await(netns);

    assertThat(answer.text())
        .contains("collector=\"sockets\",reason=\"forbidden\",source=\"proc\"} 1");
    assertThat(answer.sample("synoptic_source_fallback{collector=\"sockets\"}")).isEqualTo(1);
    assertThat(
            answer.sample(
                "synoptic_netns_last_scan_timestamp_seconds{namespace=\"\","
                    + label(netns)
                    + ",pod=\"\"}"))
        .isCloseTo(System.currentTimeMillis() / 1e3, offset(30.0));
    assertThat(viewer.agent.errors().lines().filter(line -> line.contains("WARN")))
        .singleElement()
        .asString()
        .contains("reading from proc, for bpf", "CAP_BPF and CAP_PERFMON");
  }

  /** A pod as kubelet makes it: a cgroup with its uid, and a folder with its names. */
  @Test
  void aPodIsShownAtOnceUnderItsNamesAndKeepsThem() throws Exception {
    Path hierarchy =
        Stream.of("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
            .map(Path::of)
            .filter(path -> Files.isWritable(path.resolve("cgroup.procs")))
            .findFirst()
            .orElse(null);
    assumeTrue(hierarchy != null, "no cgroup can be made here");
    String uid = "11111111-2222-3333-4444-" + "%012d".formatted(ProcessHandle.current().pid());
    Path pod = hierarchy.resolve("kubepods/besteffort/pod" + uid);
    Path cgroup = Files.createDirectories(pod.resolve("a".repeat(64)));
    Path folder = Files.createDirectories(logs.resolve("pods/shop_web-0_" + uid));
    try (Place place = place(5);
        Place other = place(6)) {
      Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(place.lab.pid()));
      String labels = "{namespace=\"shop\"," + label(place.namespace.name()) + ",pod=\"web-0\"}";
      Viewer viewer = viewer("bpf");
      Answer first = viewer.await(place.namespace.name());

      assertThat(first.text())
          .contains("synoptic_tcp_receive_queue_bytes" + labels)
          .doesNotContain(label(other.namespace.name()));

      Files.delete(folder);
      assertThat(viewer.scrape().text()).contains("synoptic_tcp_receive_queue_bytes" + labels);
    } finally {
      for (Path path = cgroup; !path.equals(hierarchy); path = path.getParent()) {
        deleteUnlessUsed(path);
      }
    }
  }

  private static void deleteUnlessUsed(Path cgroup) throws Exception {
    try (Stream<Path> below = Files.list(cgroup)) {
      if (below.noneMatch(Files::isDirectory)) {
        new ProcessBuilder("rmdir", cgroup.toString()).start().waitFor();
      }
    }
  }
}
