package io.synoptic.agent;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Debian's node_exporter, as ./test unpacks it, with the collectors whose names we know. */
final class NodeExporter implements AutoCloseable {
  private static final Path PROGRAM =
      RunningAgent.ROOT.resolve("target/tools/usr/bin/prometheus-node-exporter");
  private static final Pattern LISTENING =
      Pattern.compile("msg=\"Listening on\" address=127\\.0\\.0\\.1:(\\d+)");

  /** What newer ones show by default; Debian's 1.5 leaves two out. */
  static final String FIELDS =
      "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)"
          + "|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)"
          + "|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)"
          + "|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$";

  private final Process process;
  private final BufferedReader lines;
  private final int port;

  private NodeExporter(Process process, BufferedReader lines, int port) {
    this.process = process;
    this.lines = lines;
    this.port = port;
  }

  /** Starts it on a free port of loopback, or skips the test where it isn't unpacked. */
  static NodeExporter startIn(NetworkNamespace namespace, String... options) throws Exception {
    assumeTrue(Files.isExecutable(PROGRAM), "no node_exporter: ./test fetches it");
    List<String> command =
        new ArrayList<>(
            List.of(
                PROGRAM.toString(),
                "--web.listen-address=127.0.0.1:0",
                "--web.disable-exporter-metrics",
                "--collector.disable-defaults",
                "--collector.tcpstat",
                "--collector.sockstat",
                "--collector.netstat",
                "--collector.uname",
                "--collector.netstat.fields=" + FIELDS));
    command.addAll(Arrays.asList(options));
    Process process = new ProcessBuilder(namespace.command(command.toArray(String[]::new))).start();
    StringBuilder said = new StringBuilder();
    BufferedReader lines = process.errorReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher matcher = LISTENING.matcher(line);
      if (matcher.find()) {
        return new NodeExporter(process, lines, Integer.parseInt(matcher.group(1)));
      }
      said.append(line).append('\n');
    }
    throw new AssertionError("node_exporter ended with " + process.waitFor() + ": " + said);
  }

  int port() {
    return port;
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    process.onExit().join();
    lines.close();
  }
}
