package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import io.synoptic.internal.owners.SocketHolders;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Names the processes of listeners that an agent of this machine reports: it may see those of its
 * own user alone, and root's command every one. By address and port, in the own network namespace.
 */
final class LocalProcesses {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int MOST_LISTENERS = 65536;
  private static final int INODE = 9;

  /** Where a socket listens. */
  private record Endpoint(InetAddress address, int port) {}

  private final SocketHolders holders;
  private final Path procfs;
  private Map<Endpoint, String> names = Map.of();
  private long readAt;

  LocalProcesses(SocketHolders holders, Path procfs) {
    this.holders = holders;
    this.procfs = procfs;
  }

  /** The same with the names that were missing, as far as they can be found. */
  Now named(Now now) {
    if (names.isEmpty() || System.nanoTime() - readAt > PAUSE_NANOS) {
      names = read();
      readAt = System.nanoTime();
    }
    return new Now(
        now.schema(),
        now.agent(),
        now.scan(),
        now.status(),
        now.findings().stream().map(this::named).toList(),
        now.unknown(),
        now.namespaces().stream().map(this::named).toList(),
        now.unlistedNamespaces());
  }

  private Now.Finding named(Now.Finding of) {
    Now.Subject subject = of.subject();
    if (!"listener".equals(subject.kind()) || !isMissing(subject.process(), subject.netns())) {
      return of;
    }
    return new Now.Finding(
        of.kind(),
        of.severity(),
        new Now.Subject(
            subject.kind(),
            subject.netns(),
            subject.namespace(),
            subject.pod(),
            subject.address(),
            subject.port(),
            subject.unit(),
            subject.container(),
            name(subject.address(), subject.port())),
        of.since(),
        of.summary(),
        of.evidence(),
        of.meaning(),
        of.actions(),
        of.avoid(),
        of.symptom());
  }

  private Now.Namespace named(Now.Namespace of) {
    List<Now.Listener> listeners = of.listeners();
    if (listeners == null || !of.netns().isEmpty()) {
      return of;
    }
    return new Now.Namespace(
        of.netns(),
        of.namespace(),
        of.pod(),
        of.worst(),
        of.states(),
        of.receiveQueueBytes(),
        of.sendQueueBytes(),
        of.orphans(),
        of.outbound(),
        of.busiestDestinationPorts(),
        of.destinations(),
        listeners.stream().map(this::named).toList(),
        of.foldedListeners(),
        of.unlistedListeners(),
        of.owners(),
        of.counters(),
        of.handshakes());
  }

  private Now.Listener named(Now.Listener of) {
    if (!isMissing(of.process(), "")) {
      return of;
    }
    return new Now.Listener(
        of.address(),
        of.port(),
        of.sockets(),
        of.acceptQueueLength(),
        of.acceptQueueLimit(),
        of.acceptQueueUtilization(),
        of.acceptQueuePeakUtilization(),
        of.fullSince(),
        of.lastFull(),
        of.fullSeconds(),
        of.drops(),
        of.dropsTotal(),
        of.synQueueLength(),
        of.synQueueUtilization(),
        of.fastOpenQueueLength(),
        of.connections(),
        of.retransmitting(),
        of.zeroWindow(),
        of.repeatedSyn(),
        of.keepalive(),
        of.closeWaitOldestSeconds(),
        of.unit(),
        of.container(),
        of.namespace(),
        of.pod(),
        name(of.address(), of.port()),
        of.handshakes());
  }

  private static boolean isMissing(@Nullable String process, @Nullable String netns) {
    return (process == null || process.isEmpty()) && (netns == null || netns.isEmpty());
  }

  private String name(@Nullable String address, @Nullable String port) {
    // Only what is written as an address: no name is looked up.
    if (address == null || !address.matches("[0-9a-fA-F:.]{2,45}")) {
      return "";
    }
    if (port == null || !port.matches("[0-9]{1,5}")) {
      return "";
    }
    try {
      Endpoint endpoint = new Endpoint(InetAddress.getByName(address), Integer.parseInt(port));
      return Objects.requireNonNullElse(names.get(endpoint), "");
    } catch (UnknownHostException e) {
      return "";
    }
  }

  private Map<Endpoint, String> read() {
    Map<Long, Endpoint> inodes = new HashMap<>();
    Map<Endpoint, String> found = new HashMap<>();
    try {
      listeners("net/tcp", inodes);
      listeners("net/tcp6", inodes);
      holders.ask(
          (inode, pid, name) -> {
            Endpoint endpoint = inodes.get(inode);
            // The lowest number is the parent; process 1 holds the sockets of others.
            if (endpoint != null && pid != 1) {
              found.putIfAbsent(endpoint, name);
            }
          });
    } catch (IOException | RuntimeException e) {
      // Names are missing then.
    }
    return found;
  }

  /** They come before all connections. */
  private void listeners(String file, Map<Long, Endpoint> inodes) throws IOException {
    try (BufferedReader lines =
        Files.newBufferedReader(procfs.resolve(file), StandardCharsets.US_ASCII)) {
      String line = lines.readLine();
      for (int i = 0; i < MOST_LISTENERS && line != null; i++) {
        line = lines.readLine();
        String[] words = line == null ? new String[0] : line.strip().split(" +", -1);
        if (words.length <= INODE || !words[3].equals("0A")) {
          return;
        }
        inodes.put(Long.parseLong(words[INODE]), endpoint(words[1]));
      }
    }
  }

  /**
   * Hexadecimal; of the address each four bytes are in the machine's order, which is little-endian.
   */
  private static Endpoint endpoint(String text) throws UnknownHostException {
    int colon = text.indexOf(':');
    byte[] words = HexFormat.of().parseHex(text, 0, colon);
    byte[] address = new byte[words.length];
    for (int i = 0; i < words.length; i++) {
      address[i] = words[(i & ~3) + 3 - (i & 3)];
    }
    return new Endpoint(
        InetAddress.getByAddress(address), HexFormat.fromHexDigits(text, colon + 1, text.length()));
  }
}
