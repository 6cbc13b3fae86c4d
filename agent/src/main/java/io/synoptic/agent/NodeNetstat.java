package io.synoptic.agent;

import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.synoptic.internal.procfs.NameValueText;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** node_exporter's netstat collector: {@code net/netstat}, {@code net/snmp}, {@code net/snmp6}. */
final class NodeNetstat {
  private static final Set<String> ERRORS = Set.of("InErrors", "InErrs");
  private static final Set<String> OCTETS = Set.of("InOctets", "OutOctets");
  private static final Set<String> MESSAGES = Set.of("InMsgs", "OutMsgs");
  private static final Set<String> TCP =
      Set.of(
          "ActiveOpens",
          "InSegs",
          "OutSegs",
          "OutRsts",
          "PassiveOpens",
          "RetransSegs",
          "CurrEstab");
  private static final Set<String> TCP_EXT =
      Set.of("TCPSynRetrans", "TCPTimeouts", "TCPOFOQueue", "TCPRcvQDrop");
  private static final Set<String> UDP =
      Set.of("InDatagrams", "OutDatagrams", "NoPorts", "RcvbufErrors", "SndbufErrors");

  private NodeNetstat() {}

  /** Reads all metrics, or none. */
  static List<MetricSnapshot> read(Path procfs) throws IOException {
    List<MetricSnapshot> metrics = new ArrayList<>();
    NameValueText.Sink sink =
        (group, name, value) ->
            metrics.add(
                UnknownSnapshot.builder()
                    .name("node_netstat_" + group + "_" + name)
                    .help("Statistic " + group + name + ".")
                    .dataPoint(
                        UnknownSnapshot.UnknownDataPointSnapshot.builder().value(value).build())
                    .build());
    read(NameValueText::readColumns, procfs.resolve("net/netstat"), sink);
    read(NameValueText::readColumns, procfs.resolve("net/snmp"), sink);
    read(NameValueText::readLines, procfs.resolve("net/snmp6"), sink);
    if (metrics.isEmpty()) {
      throw new NoSuchFileException(procfs.resolve("net/netstat").toString());
    }
    return metrics;
  }

  /** Reads a file of one form. */
  private interface Reader {
    void read(Path file, NameValueText.Selection selection, NameValueText.Sink sink)
        throws IOException;
  }

  private static void read(Reader reader, Path file, NameValueText.Sink sink) throws IOException {
    try {
      reader.read(file, NodeNetstat::names, sink);
    } catch (NoSuchFileException e) {
      // a kernel without it, or without IPv6
    }
  }

  /** What node_exporter shows by default: its {@code netstat.fields} pattern. */
  static Predicate<String> names(String group) {
    return switch (group) {
      case "Ip" -> name -> name.equals("Forwarding") || ERRORS.contains(name);
      case "Ip6", "IpExt" -> name -> OCTETS.contains(name) || ERRORS.contains(name);
      case "Icmp", "Icmp6" -> name -> MESSAGES.contains(name) || ERRORS.contains(name);
      case "Tcp" -> name -> TCP.contains(name) || ERRORS.contains(name);
      case "TcpExt" ->
          name ->
              name.startsWith("Listen")
                  || name.startsWith("Syncookies")
                  || TCP_EXT.contains(name)
                  || ERRORS.contains(name);
      case "Udp", "Udp6" -> name -> UDP.contains(name) || ERRORS.contains(name);
      default -> ERRORS::contains;
    };
  }
}
