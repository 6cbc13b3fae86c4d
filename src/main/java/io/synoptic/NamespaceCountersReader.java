package io.synoptic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads {@link NamespaceCounters} under a procfs. {@code net} there is {@code self/net}, the
 * network namespace of this process' first thread, and {@code sys/net} that of the thread which
 * reads.
 */
final class NamespaceCountersReader {
  /** One number a file; a kernel without the option has no such file. */
  private static final List<String> SYSCTLS =
      List.of(
          "net.ipv4.tcp_max_tw_buckets",
          "net.ipv4.tcp_syncookies",
          "net.core.somaxconn",
          "net.ipv4.tcp_max_syn_backlog");

  /** Files that the initial namespace alone has; what the host has once is told there alone. */
  private static final String MAX_ORPHANS = "net.ipv4.tcp_max_orphans";

  private static final String TCP_MEM = "net.ipv4.tcp_mem";

  private final Set<String> tcp = CounterFamilies.columns("Tcp");
  private final Set<String> tcpExt = CounterFamilies.columns("TcpExt");
  private final Path procfs;

  NamespaceCountersReader(Path procfs) {
    this.procfs = procfs;
  }

  /** Part of a reading, which may fail by itself. */
  private interface Part {
    void read(Map<String, Double> values) throws IOException;
  }

  /** Reads all there is. Never fails: see {@link NamespaceCounters#failure()}. */
  NamespaceCounters read() {
    Map<String, Double> values = new HashMap<>();
    List<String> failures = new ArrayList<>();
    boolean initial = Files.exists(sysctl(MAX_ORPHANS));
    Map<String, Double> pages = new HashMap<>();
    part(into -> columns("net/snmp", "Tcp", tcp, into), values, failures);
    part(into -> columns("net/netstat", "TcpExt", tcpExt, into), values, failures);
    part(into -> sockstat("net/sockstat", initial, into, pages), values, failures);
    for (String name : SYSCTLS) {
      part(into -> sysctl(name, into), values, failures);
    }
    part(this::ephemeralPorts, values, failures);
    if (initial) {
      part(into -> sysctl(MAX_ORPHANS, into), values, failures);
      part(this::memoryLimits, pages, failures);
      part(into -> bytes(pages, into), values, failures);
    }
    if (values.isEmpty() && failures.isEmpty()) {
      failures.add(procfs + ": no counter is there: is procfs mounted, and whole?");
    }
    return new NamespaceCounters(values, failures);
  }

  /**
   * Reads what a process' {@code net} tells of the network namespace that it is in. A process that
   * ends meanwhile has none, and that is no failure.
   *
   * @param limits what is known of the namespace from elsewhere: its sysctls are in no file
   */
  NamespaceCounters read(int pid, Map<String, Double> limits) {
    Map<String, Double> values = new HashMap<>(limits);
    String net = pid + "/net/";
    List<String> unread = new ArrayList<>();
    part(into -> columns(net + "snmp", "Tcp", tcp, into), values, unread);
    part(into -> columns(net + "netstat", "TcpExt", tcpExt, into), values, unread);
    part(into -> sockstat(net + "sockstat", false, into, new HashMap<>()), values, unread);
    return new NamespaceCounters(values, List.of());
  }

  /**
   * Takes the values of a part as a whole, or none. A file that this kernel or namespace doesn't
   * have is no failure, one that can't be read is.
   */
  private static void part(Part part, Map<String, Double> values, List<String> failures) {
    Map<String, Double> read = new HashMap<>();
    try {
      part.read(read);
      // The kernel's counts are positive, and a counter below 0 would cost the whole scrape.
      read.values().removeIf(value -> value < 0);
      values.putAll(read);
    } catch (NoSuchFileException e) {
      // absent
    } catch (IOException e) {
      failures.add(KernelFile.why(e));
    }
  }

  private void columns(String file, String group, Set<String> wanted, Map<String, Double> into)
      throws IOException {
    NameValueText.readColumns(
        procfs.resolve(file),
        line -> line.equals(group) ? wanted::contains : null,
        (line, name, value) -> into.put(group + name, value));
  }

  private void sockstat(
      String file, boolean initial, Map<String, Double> into, Map<String, Double> pages)
      throws IOException {
    NameValueText.readPairs(
        procfs.resolve(file),
        line -> line.equals("TCP") ? name -> true : null,
        (line, name, value) -> {
          if (name.equals("tw") || (initial && name.equals("orphan"))) {
            into.put("TCP " + name, value);
          } else if (initial && name.equals("mem")) {
            pages.put("TCP mem", value);
          }
        });
  }

  private void memoryLimits(Map<String, Double> pages) throws IOException {
    double[] limits = numbers(TCP_MEM, 3);
    pages.put(TCP_MEM + " pressure", limits[1]);
    pages.put(TCP_MEM + " max", limits[2]);
  }

  private void bytes(Map<String, Double> pages, Map<String, Double> into) throws IOException {
    long pageSize = PageSize.read(procfs);
    pages.forEach((name, count) -> into.put(name, count * pageSize));
  }

  private void ephemeralPorts(Map<String, Double> into) throws IOException {
    double[] range = numbers("net.ipv4.ip_local_port_range", 2);
    Path reserved = sysctl("net.ipv4.ip_local_reserved_ports");
    PortRange ports = new PortRange((int) range[0], (int) range[1]);
    into.put("net.ipv4.ip_local_port_range", (double) ports.without(reserved));
  }

  private void sysctl(String name, Map<String, Double> into) throws IOException {
    into.put(name, numbers(name, 1)[0]);
  }

  /** The numbers of a sysctl. */
  private double[] numbers(String name, int count) throws IOException {
    Path file = sysctl(name);
    String[] words = KernelFile.words(KernelFile.text(file));
    if (words.length != count) {
      throw new IOException(file + ": " + words.length + " numbers instead of " + count);
    }
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = KernelFile.number(file, words[i]);
    }
    return numbers;
  }

  private Path sysctl(String name) {
    return procfs.resolve("sys/" + name.replace('.', '/'));
  }
}
