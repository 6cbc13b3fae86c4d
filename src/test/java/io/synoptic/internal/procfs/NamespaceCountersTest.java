package io.synoptic.internal.procfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.Collector;
import io.synoptic.KernelCounter;
import io.synoptic.NamespaceCounters;
import io.synoptic.ScanReport;
import io.synoptic.catalogue.CounterFamilies;
import io.synoptic.catalogue.MetricFamily;
import io.synoptic.testing.TestProcfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The counters' families over procfs folders that a test knows. */
class NamespaceCountersTest {
  private static final Map<String, Double> OF_NETSTAT =
      Map.ofEntries(
          Map.entry("synoptic_tcp_retransmitted_syn_segments_total", 1100.0),
          Map.entry("synoptic_tcp_retransmission_timeouts_total", 1043.0),
          Map.entry("synoptic_tcp_accept_queue_overflows_total", 1022.0),
          Map.entry("synoptic_tcp_connection_requests_dropped_total", 1023.0),
          Map.entry("synoptic_tcp_syn_queue_full_drops_total", 1079.0),
          Map.entry("synoptic_tcp_syn_queue_full_cookies_total", 1078.0),
          Map.entry("synoptic_tcp_syncookies_sent_total", 1000.0),
          Map.entry("synoptic_tcp_syncookies_received_total", 1001.0),
          Map.entry("synoptic_tcp_syncookies_failed_total", 1002.0),
          Map.entry("synoptic_tcp_time_wait_overflows_total", 1077.0),
          Map.entry("synoptic_tcp_aborts_on_memory_total", 1056.0),
          Map.entry("synoptic_tcp_aborts_on_timeout_total", 1057.0),
          Map.entry("synoptic_tcp_receive_queue_drops_total", 1120.0),
          Map.entry("synoptic_tcp_receive_queue_prunes_total", 1004.0),
          Map.entry("synoptic_tcp_socket_backlog_drops_total", 1072.0));

  private static final Map<String, Double> OF_SNMP =
      Map.of(
          "synoptic_tcp_active_opens_total", 404.0,
          "synoptic_tcp_passive_opens_total", 405.0,
          "synoptic_tcp_connection_attempts_failed_total", 406.0,
          "synoptic_tcp_established_resets_total", 407.0,
          "synoptic_tcp_received_segments_total", 0x1p64,
          "synoptic_tcp_sent_segments_total", 410.0,
          "synoptic_tcp_retransmitted_segments_total", 411.0,
          "synoptic_tcp_received_bad_segments_total", 412.0,
          "synoptic_tcp_resets_sent_total", 413.0);

  private static final Map<String, Double> OF_SOCKSTAT =
      Map.of(
          "synoptic_tcp_time_wait_buckets", 62.0,
          "synoptic_tcp_host_orphans", 5.0,
          "synoptic_tcp_host_memory_bytes", 12.0 * TestProcfs.PAGE_SIZE);

  private static final Map<String, Double> OF_SYSCTL =
      Map.of(
          "synoptic_tcp_time_wait_buckets_limit", 131072.0,
          "synoptic_tcp_syncookies_mode", 1.0,
          "synoptic_tcp_time_wait_reuse_mode", 2.0,
          "synoptic_tcp_somaxconn", 4096.0,
          "synoptic_tcp_max_syn_backlog", 2048.0,
          "synoptic_tcp_ephemeral_ports_limit", 28232.0 - 10 - 1 - 10,
          "synoptic_tcp_host_orphans_limit", 65536.0,
          "synoptic_tcp_host_memory_pressure_bytes", 200.0 * TestProcfs.PAGE_SIZE,
          "synoptic_tcp_host_memory_limit_bytes", 300.0 * TestProcfs.PAGE_SIZE);

  @TempDir private Path procfs;

  private NamespaceCounters read() {
    return read(procfs);
  }

  private static NamespaceCounters read(Path from) {
    return new NamespaceCountersReader(from).read(PortRange.ephemeral(from), new Sockstat(from));
  }

  /** What is shown, by its name in Prometheus. */
  private static Map<String, Double> shown(NamespaceCounters counters) {
    Map<String, Double> rows = new TreeMap<>();
    ScanReport empty = ScanReport.empty(Set.of(Collector.COUNTERS));
    ScanReport report = empty.withOwn(empty.own().with(counters));
    for (MetricFamily family : CounterFamilies.families()) {
      family
          .rows()
          .read(report, (netns, count, value, labels) -> rows.put(family.prometheusName(), value));
    }
    return rows;
  }

  private static Map<String, Double> all() {
    Map<String, Double> all = new TreeMap<>(OF_NETSTAT);
    all.putAll(OF_SNMP);
    all.putAll(OF_SOCKSTAT);
    all.putAll(OF_SYSCTL);
    return all;
  }

  private static Map<String, Double> allBut(Map<String, Double> missing) {
    Map<String, Double> rest = all();
    rest.keySet().removeAll(missing.keySet());
    return rest;
  }

  @BeforeEach
  void full() throws IOException {
    TestProcfs.copy("full", procfs);
  }

  @Test
  void everyValueIsShownUnderItsName() {
    NamespaceCounters counters = read();

    assertThat(shown(counters)).isEqualTo(all());
    assertThat(counters.failure()).isEmpty();
    assertThat(CounterFamilies.families()).hasSize(all().size());
  }

  @Test
  void whatAnOlderKernelOrAnotherNamespaceLacksIsAbsent(@TempDir Path folder) throws IOException {
    NamespaceCounters counters = read(TestProcfs.copy("old", folder));

    assertThat(shown(counters))
        .hasSize(9 + 13 + 4)
        .doesNotContainKeys(
            "synoptic_tcp_receive_queue_drops_total",
            "synoptic_tcp_retransmitted_syn_segments_total",
            "synoptic_tcp_syncookies_mode",
            "synoptic_tcp_time_wait_buckets_limit",
            "synoptic_tcp_host_orphans",
            "synoptic_tcp_host_memory_bytes")
        .containsEntry("synoptic_tcp_time_wait_buckets", 2.0)
        .containsEntry("synoptic_tcp_ephemeral_ports_limit", 28233.0)
        .containsEntry("synoptic_tcp_active_opens_total", 20.0);
    assertThat(counters.failure()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "net/netstat",
        "net/snmp",
        "net/sockstat",
        "sys/net/core/somaxconn",
        "sys/net/ipv4/ip_local_port_range",
        "sys/net/ipv4/tcp_mem"
      })
  void aFileThatTheKernelLacksIsAbsentAndNoFailure(String file) throws IOException {
    Files.delete(procfs.resolve(file));

    assertThat(shown(read())).isEqualTo(allBut(of(file)));
    assertThat(read().failure()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "net/netstat",
        "net/snmp",
        "net/sockstat",
        "sys/net/core/somaxconn",
        "sys/net/ipv4/ip_local_port_range",
        "sys/net/ipv4/tcp_mem"
      })
  void aFileThatCantBeReadCostsItsValuesAloneAndIsAFailure(String file) throws IOException {
    Files.delete(procfs.resolve(file));
    Files.createDirectory(procfs.resolve(file));

    assertThat(shown(read())).isEqualTo(allBut(of(file)));
    assertThat(read().failure())
        .hasValue("counters can't be read: " + procfs.resolve(file) + ": Is a directory");
  }

  private static Map<String, Double> of(String file) {
    return switch (file) {
      case "net/netstat" -> OF_NETSTAT;
      case "net/snmp" -> OF_SNMP;
      case "sys/net/core/somaxconn" -> Map.of("synoptic_tcp_somaxconn", 0.0);
      case "sys/net/ipv4/ip_local_port_range" -> Map.of("synoptic_tcp_ephemeral_ports_limit", 0.0);
      case "sys/net/ipv4/tcp_mem" ->
          Map.of(
              "synoptic_tcp_host_memory_pressure_bytes", 0.0,
              "synoptic_tcp_host_memory_limit_bytes", 0.0);
      default -> OF_SOCKSTAT;
    };
  }

  @Test
  void whereNoFileIsThereTheReadingHasFailed(@TempDir Path empty) {
    assertThat(read(empty).failure())
        .hasValue(
            "counters can't be read: "
                + empty
                + ": no counter is there: is procfs mounted, and whole?");
  }

  /** gVisor: a port range with a blank, no sockstat, no values in netstat, few newlines. */
  @Test
  void whatGvisorHasIsReadAndWhatItLacksIsAbsent(@TempDir Path folder) throws IOException {
    Path gvisor = TestProcfs.copy("gvisor", folder);
    NamespaceCounters counters = read(gvisor);

    assertThat(counters.failure()).isEmpty();
    assertThat(shown(counters))
        .hasSize(9 + 2)
        .containsEntry("synoptic_tcp_active_opens_total", 2.0)
        .containsEntry("synoptic_tcp_ephemeral_ports_limit", 65535.0 - 16000 + 1)
        .containsEntry("synoptic_tcp_somaxconn", 1024.0);
    assertThat(PortRange.ephemeral(gvisor).get()).isEqualTo(new PortRange(16000, 65535));
    assertThat(new Sockstat(gvisor).inuse()).isEmpty();
  }

  /** What parts two numbers, and what ends a file, is the kernel's own business. */
  @ParameterizedTest
  @ValueSource(strings = {" ->\t", "\t-> ", " ->  ", "\t->\t ", "\n$->"})
  void blanksTabsAndTheLastNewlineMeanNothing(String change) throws IOException {
    String[] fromTo = change.split("->", -1);
    OptionalLong inuse = new Sockstat(procfs).inuse();
    PortRange ephemeral = PortRange.ephemeral(procfs).get();
    try (Stream<Path> files = Files.walk(procfs)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.endsWith("auxv")) {
          String text = Files.readString(file);
          Files.writeString(
              file,
              fromTo[0].contains("$")
                  ? text.replaceFirst("(?s)" + fromTo[0], fromTo[1])
                  : text.replace(fromTo[0], fromTo[1]));
        }
      }
    }

    assertThat(shown(read())).isEqualTo(all());
    assertThat(read().failure()).isEmpty();
    assertThat(inuse).isPresent();
    assertThat(new Sockstat(procfs).inuse()).isEqualTo(inuse);
    assertThat(PortRange.ephemeral(procfs).get()).isEqualTo(ephemeral);
  }

  @ParameterizedTest
  @CsvSource({
    "net/netstat, TcpExt: 1000, TcpExt: 1x00, is no number",
    "net/netstat, TcpExt: 1000, TcpExt:, fewer values than names of TcpExt",
    "net/netstat, TcpExt: 1000, TcpExt: 999 1000, more values than names of TcpExt",
    "net/netstat, TcpExt: 1000, TcpEx: 1000, no values behind the names of TcpExt",
    "net/netstat, TcpExt: S, TcpExt S, not understood",
    "net/snmp, 404 405, 404 -, is no number",
    "net/snmp, 404 405, 404 1e3, is no number",
    "net/snmp, Tcp: 400, Tcp: 400 400, more values than names of Tcp",
    "net/sockstat, tw 62, tw, is no number",
    "net/sockstat, TCP: inuse, TCP inuse, not understood",
    "net/sockstat, mem 12, mem, not understood",
  })
  void aMalformedFileCostsItsValuesAlone(String file, String before, String after, String why)
      throws IOException {
    TestProcfs.edit(procfs.resolve(file), before, after);

    assertThat(shown(read())).isEqualTo(allBut(of(file)));
    assertThat(read().failure().orElseThrow())
        .contains(procfs.resolve(file).toString(), why)
        .hasLineCount(1);
  }

  /** The groups of others are passed over unread. */
  @Test
  void whatNobodyAskedForMayBeMalformed() throws IOException {
    TestProcfs.edit(procfs.resolve("net/netstat"), "MPTcpExt: 7000", "MPTcpExt: ?");
    TestProcfs.edit(procfs.resolve("net/snmp"), "Udp: 500", "Udp: ?");
    TestProcfs.edit(procfs.resolve("net/sockstat"), "UDP: inuse 9", "UDP: inuse ?");

    assertThat(shown(read())).isEqualTo(all());
    assertThat(read().failure()).isEmpty();
  }

  /** gVisor has the names alone. */
  @Test
  void namesWithoutValuesAreNoZeros() throws IOException {
    Files.writeString(procfs.resolve("net/netstat"), "TcpExt: SyncookiesSent ListenDrops\n");

    assertThat(shown(read())).isEqualTo(allBut(OF_NETSTAT));
    assertThat(read().failure()).isEmpty();
  }

  @Test
  void aGroupThatIsNotThereIsWhatTheKernelLacks() throws IOException {
    Files.writeString(procfs.resolve("net/netstat"), "");

    assertThat(shown(read())).isEqualTo(allBut(OF_NETSTAT));
    assertThat(read().failure()).isEmpty();
  }

  @Test
  void aValueBelowZeroIsNotShown() throws IOException {
    TestProcfs.edit(procfs.resolve("net/snmp"), "404 405", "404 -1");

    assertThat(shown(read())).isEqualTo(allBut(Map.of("synoptic_tcp_passive_opens_total", 405.0)));
  }

  @ParameterizedTest
  @CsvSource({
    "somaxconn, synoptic_tcp_somaxconn, sys/net/core/somaxconn, many",
    "port range, synoptic_tcp_ephemeral_ports_limit, sys/net/ipv4/ip_local_port_range, 1024",
    "reserved, synoptic_tcp_ephemeral_ports_limit, sys/net/ipv4/ip_local_reserved_ports, '1,,2'",
  })
  void aMalformedSysctlCostsOneValue(String what, String name, String file, String text)
      throws IOException {
    Files.writeString(procfs.resolve(file), text + "\n");

    assertThat(shown(read())).as(what).isEqualTo(allBut(Map.of(name, 0.0)));
    assertThat(read().failure().orElseThrow()).contains(procfs.resolve(file).toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {"''; 28232", "32768; 28231", "1-32768; 28231", "1,60999-61000; 28231", "1-65535; 0"})
  void reservedPortsAreNoEphemeralOnes(String reserved, double left) throws IOException {
    Files.writeString(procfs.resolve("sys/net/ipv4/ip_local_reserved_ports"), reserved + "\n");

    assertThat(shown(read())).containsEntry("synoptic_tcp_ephemeral_ports_limit", left);
  }

  @Test
  void withoutTheSizeOfAPageThereAreNoBytes() throws IOException {
    Files.write(procfs.resolve("self/auxv"), new byte[16]);

    assertThat(shown(read()))
        .isEqualTo(
            allBut(
                Map.of(
                    "synoptic_tcp_host_memory_bytes", 0.0,
                    "synoptic_tcp_host_memory_pressure_bytes", 0.0,
                    "synoptic_tcp_host_memory_limit_bytes", 0.0)));
    assertThat(read().failure().orElseThrow()).contains("self/auxv");
  }

  @Test
  void severalFailuresAreOneLine() throws IOException {
    Files.writeString(procfs.resolve("net/snmp"), "Tcp\n");
    Files.writeString(procfs.resolve("net/netstat"), "TcpExt\n");

    assertThat(read().failure().orElseThrow())
        .hasLineCount(1)
        .contains("net/snmp", "; ", "net/netstat");
  }

  /** The kernel gives them to the first read alone, unlike a file. */
  @Test
  void realSysctlsAreReadWhole() throws Exception {
    Process cat = new ProcessBuilder("cat", "/proc/sys/net/core/somaxconn").start();
    NamespaceCounters counters = read(Path.of("/proc"));

    assertThat(counters.failure()).isEmpty();
    assertThat(counters.value(KernelCounter.SOMAXCONN))
        .hasValue(Long.parseLong(cat.inputReader().readLine()));
  }

  @Test
  void aListOfReservedPortsMayBeLong() throws IOException {
    String everyOther =
        IntStream.rangeClosed(1, 32767)
            .mapToObj(i -> Integer.toString(2 * i))
            .collect(Collectors.joining(","));
    Files.writeString(procfs.resolve("sys/net/ipv4/ip_local_reserved_ports"), everyOther + "\n");

    assertThat(shown(read())).containsEntry("synoptic_tcp_ephemeral_ports_limit", 28232.0 / 2);
  }

  @Test
  void theKernelsPageSizeIsThatOfGetconf() throws Exception {
    Process getconf = new ProcessBuilder("getconf", "PAGESIZE").start();

    assertThat(new PageSize(Path.of("/proc")).bytes())
        .isEqualTo(Long.parseLong(getconf.inputReader().readLine()));
  }

  /** A counter that is part of another must name one that is there, and no ring may be made. */
  @Test
  void everyContainingCounterIsThere() {
    Map<String, String> help = new TreeMap<>();
    CounterFamilies.families().forEach(family -> help.put(family.prometheusName(), family.help()));

    assertThat(help.values().stream().filter(text -> text.contains("part of "))).hasSize(7);
    help.forEach(
        (name, text) -> {
          assertThat(text).as(name).matches("[A-Z].* \\([A-Za-z0-9_. ]+\\)(; part of .*)?\\.");
          if (text.contains("part of ")) {
            String container = text.replaceFirst(".*part of (\\w+), do not add\\.", "$1");
            assertThat(help).as(name).containsKey(container);
            assertThat(help.get(container)).as(name).doesNotContain("part of ");
          }
        });
  }
}
