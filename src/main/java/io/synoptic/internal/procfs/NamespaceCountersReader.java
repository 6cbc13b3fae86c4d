package io.synoptic.internal.procfs;

import io.synoptic.KernelCounter;
import io.synoptic.NamespaceCounters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads {@link NamespaceCounters} under a procfs. {@code net} there is {@code self/net}, the
 * network namespace of this process' first thread, and {@code sys/net} that of the thread which
 * reads.
 */
public final class NamespaceCountersReader {
  /** One number a file; a kernel without the option has no such file. */
  private static final List<KernelCounter> SYSCTLS =
      List.of(
          KernelCounter.TIME_WAIT_BUCKETS_LIMIT,
          KernelCounter.SYNCOOKIES_MODE,
          KernelCounter.SOMAXCONN,
          KernelCounter.MAX_SYN_BACKLOG);

  private static final Map<String, KernelCounter> SNMP = columns(KernelCounter.Origin.SNMP);
  private static final Map<String, KernelCounter> NETSTAT = columns(KernelCounter.Origin.NETSTAT);

  private final Path procfs;
  private final PageSize pageSize;

  public NamespaceCountersReader(Path procfs) {
    this.procfs = procfs;
    pageSize = new PageSize(procfs);
  }

  private static Map<String, KernelCounter> columns(KernelCounter.Origin origin) {
    return KernelCounter.ALL.stream()
        .filter(counter -> counter.origin() == origin)
        .collect(Collectors.toUnmodifiableMap(KernelCounter::column, counter -> counter));
  }

  /** Part of a reading, which may fail by itself. */
  private interface Part {
    void read(Map<KernelCounter, Double> values) throws IOException;
  }

  /**
   * Reads all there is. Never fails: see {@link NamespaceCounters#failure()}.
   *
   * @param ephemeral what {@link PortRange#ephemeral} reads
   * @param sockstat of this namespace
   */
  public NamespaceCounters read(OnceRead<PortRange> ephemeral, Sockstat sockstat) {
    Map<KernelCounter, Double> values = new EnumMap<>(KernelCounter.class);
    List<String> failures = new ArrayList<>();
    // What the host has once is in the initial namespace alone, as this file is.
    boolean initial = Files.exists(sysctl(KernelCounter.MAX_ORPHANS.column()));
    Map<KernelCounter, Double> pages = new EnumMap<>(KernelCounter.class);
    part(into -> columns("net/snmp", "Tcp", SNMP, into), values, failures);
    part(into -> columns("net/netstat", "TcpExt", NETSTAT, into), values, failures);
    part(into -> sockstat(sockstat, initial, into, pages), values, failures);
    for (KernelCounter limit : SYSCTLS) {
      part(into -> sysctl(limit, into), values, failures);
    }
    part(this::timeWaitReuse, values, failures);
    part(into -> ephemeralPorts(ephemeral.get(), into), values, failures);
    if (initial) {
      part(into -> sysctl(KernelCounter.MAX_ORPHANS, into), values, failures);
      part(this::memoryLimits, pages, failures);
      part(into -> bytes(pages, into), values, failures);
    }
    if (values.isEmpty() && failures.isEmpty()) {
      failures.add(procfs + ": no counter is there: is procfs mounted, and whole?");
    }
    return new NamespaceCounters(values, failures);
  }

  /**
   * Reads the {@code net} files of a process: they are of the network namespace that it is in. A
   * process that ends meanwhile has none, and that is no failure.
   *
   * @param limits what is known of the namespace from elsewhere: its sysctls are in no file
   * @param sockstat of that namespace
   */
  public NamespaceCounters read(int pid, Map<KernelCounter, Double> limits, Sockstat sockstat) {
    Map<KernelCounter, Double> values = counters(limits);
    String net = pid + "/net/";
    List<String> unread = new ArrayList<>();
    part(into -> columns(net + "snmp", "Tcp", SNMP, into), values, unread);
    part(into -> columns(net + "netstat", "TcpExt", NETSTAT, into), values, unread);
    part(
        into -> sockstat(sockstat, false, into, new EnumMap<>(KernelCounter.class)),
        values,
        unread);
    return new NamespaceCounters(values, List.of());
  }

  /**
   * Takes the values of a part as a whole, or none. A file that this kernel or namespace doesn't
   * have is no failure, one that can't be read is.
   */
  private static void part(Part part, Map<KernelCounter, Double> values, List<String> failures) {
    Map<KernelCounter, Double> read = new EnumMap<>(KernelCounter.class);
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

  private static Map<KernelCounter, Double> counters(Map<KernelCounter, Double> values) {
    Map<KernelCounter, Double> counters = new EnumMap<>(KernelCounter.class);
    counters.putAll(values);
    return counters;
  }

  private void columns(
      String file, String group, Map<String, KernelCounter> wanted, Map<KernelCounter, Double> into)
      throws IOException {
    NameValueText.readColumns(
        procfs.resolve(file),
        line -> line.equals(group) ? wanted::containsKey : null,
        (line, name, value) -> into.put(wanted.get(name), value));
  }

  private static void sockstat(
      Sockstat sockstat,
      boolean initial,
      Map<KernelCounter, Double> into,
      Map<KernelCounter, Double> pages)
      throws IOException {
    sockstat
        .tcp()
        .forEach(
            (name, value) -> {
              if (name.equals(KernelCounter.TIME_WAIT_BUCKETS.column())) {
                into.put(KernelCounter.TIME_WAIT_BUCKETS, value);
              } else if (initial && name.equals(KernelCounter.ORPHANS.column())) {
                into.put(KernelCounter.ORPHANS, value);
              } else if (initial && name.equals(KernelCounter.MEMORY.column())) {
                pages.put(KernelCounter.MEMORY, value);
              }
            });
  }

  private void memoryLimits(Map<KernelCounter, Double> pages) throws IOException {
    double[] limits = numbers(KernelCounter.MEMORY_LIMIT, 3);
    pages.put(KernelCounter.MEMORY_PRESSURE, limits[1]);
    pages.put(KernelCounter.MEMORY_LIMIT, limits[2]);
  }

  private void bytes(Map<KernelCounter, Double> pages, Map<KernelCounter, Double> into)
      throws IOException {
    long size = pageSize.bytes();
    pages.forEach((name, count) -> into.put(name, count * size));
  }

  /** Without timestamps the kernel takes no port again, whatever the mode. */
  private void timeWaitReuse(Map<KernelCounter, Double> into) throws IOException {
    boolean timestamps = KernelFile.numbers(sysctl("net.ipv4.tcp_timestamps"), 1)[0] != 0;
    double mode = numbers(KernelCounter.TIME_WAIT_REUSE_MODE, 1)[0];
    into.put(KernelCounter.TIME_WAIT_REUSE_MODE, timestamps ? mode : 0);
  }

  private void ephemeralPorts(PortRange ports, Map<KernelCounter, Double> into) throws IOException {
    Path reserved = sysctl("net.ipv4.ip_local_reserved_ports");
    into.put(KernelCounter.EPHEMERAL_PORTS, (double) ports.without(reserved));
  }

  private void sysctl(KernelCounter limit, Map<KernelCounter, Double> into) throws IOException {
    into.put(limit, numbers(limit, 1)[0]);
  }

  /** The numbers of a sysctl. */
  private double[] numbers(KernelCounter limit, int count) throws IOException {
    return KernelFile.numbers(sysctl(limit.column()), count);
  }

  private Path sysctl(String name) {
    return procfs.resolve("sys/" + name.replace('.', '/'));
  }
}
