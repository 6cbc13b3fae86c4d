package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeNetstatTest {
  private static final List<String> GROUPS =
      words("Ip Ip6 IpExt Icmp Icmp6 IcmpMsg Tcp TcpExt MPTcpExt Udp Udp6 UdpLite UdpLite6 Sctp");

  /** Every name that the pattern names, and some that are only like them. */
  private static final List<String> NAMES =
      words(
          "InErrors InErrs OutErrors Forwarding InOctets OutOctets InMcastOctets InMsgs OutMsgs"
              + " ListenOverflows ListenDrops TCPFastOpenListenOverflow SyncookiesSent"
              + " SyncookiesRecv SyncookiesFailed TCPSynRetrans TCPTimeouts TCPOFOQueue"
              + " TCPRcvQDrop TCPOFODrop ActiveOpens InSegs OutSegs OutRsts PassiveOpens"
              + " RetransSegs CurrEstab EstabResets InDatagrams OutDatagrams NoPorts"
              + " RcvbufErrors SndbufErrors InCsumErrors");

  private static List<String> words(String text) {
    return List.of(text.split(" ", -1));
  }

  @Test
  void filesThatTheKernelLacksAreNoFailure(@TempDir Path procfs) throws IOException {
    Files.createDirectories(procfs.resolve("net"));
    Files.createDirectories(procfs.resolve("sys/kernel"));
    Files.writeString(procfs.resolve("net/snmp"), "Tcp: InSegs\nTcp: 7\n");

    assertThat(NodeNetstat.read(procfs)).hasSize(1);
    assertThat(NodeUname.read(procfs)).hasSize(1);
  }

  @Test
  void whatIsShownIsWhatThePatternOfNodeExporterMatches() {
    Pattern pattern = Pattern.compile(NodeExporter.FIELDS);
    for (String group : GROUPS) {
      Predicate<String> shown = NodeNetstat.names(group);
      for (String name : NAMES) {
        assertThat(shown.test(name))
            .as(group + "_" + name)
            .isEqualTo(pattern.matcher(group + "_" + name).matches());
      }
    }
  }
}
