package io.synoptic.agent.command;

import io.synoptic.agent.now.HostName;
import io.synoptic.agent.now.Now;
import io.synoptic.internal.owners.SocketHolders;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A running agent's figures. */
final class AgentNow implements NowSource {
  private static final Path PROCFS = Path.of("/proc");

  private final AgentClient client;
  private final @Nullable LocalProcesses processes;
  private final boolean namesMissing;
  private @Nullable Now first;

  private AgentNow(
      AgentClient client, Now first, @Nullable LocalProcesses processes, boolean namesMissing) {
    this.client = client;
    this.first = first;
    this.processes = processes;
    this.namesMissing = namesMissing;
  }

  /** An agent that answers. */
  static AgentNow of(AgentClient client, Map<String, String> environment)
      throws UnavailableException {
    Now first = client.now();
    // One in a container answers on loopback, too, and has a name of its own.
    boolean local = client.isLocal() && first.agent().host().equals(HostName.read(PROCFS));
    return new AgentNow(
        client,
        first,
        local
            ? SocketHolders.of(environment)
                .map(holders -> new LocalProcesses(holders, PROCFS))
                .orElse(null)
            : null,
        local && !environment.containsKey("SYNOPTIC_PROCESSES"));
  }

  /** Which network namespaces it reads: own or all. */
  boolean readsAll() {
    return first != null && first.agent().netns().equals("all");
  }

  @Override
  public Now read() throws UnavailableException {
    Now now = first == null ? client.now() : first;
    first = null;
    return processes == null ? now : processes.named(now);
  }

  @Override
  public void writeMetrics(OutputStream to) throws UnavailableException {
    client.copyMetrics(to);
  }

  @Override
  public String origin() {
    return "through the agent at " + client.base();
  }

  @Override
  public List<String> notes() {
    return namesMissing ? List.of(OwnScans.NAMES_ARE_MISSING) : List.of();
  }

  @Override
  public void close() {}
}
