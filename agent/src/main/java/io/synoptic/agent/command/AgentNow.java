package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A running agent's figures. */
final class AgentNow implements NowSource {
  private final AgentClient client;
  private @Nullable Now first;

  private AgentNow(AgentClient client, Now first) {
    this.client = client;
    this.first = first;
  }

  /** An agent that answers. */
  static AgentNow of(AgentClient client) throws UnavailableException {
    return new AgentNow(client, client.now());
  }

  /** Which network namespaces it reads: own or all. */
  boolean readsAll() {
    return first != null && first.agent().netns().equals("all");
  }

  @Override
  public Now read() throws UnavailableException {
    Now now = first == null ? client.now() : first;
    first = null;
    return now;
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
    return List.of();
  }

  @Override
  public void close() {}
}
