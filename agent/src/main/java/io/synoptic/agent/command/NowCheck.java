package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Whether a document that was read has what every agent's has. */
final class NowCheck {
  private NowCheck() {}

  /**
   * The document.
   *
   * @throws IllegalArgumentException if something is missing
   */
  static Now whole(Now now) {
    check("agent", now.agent());
    check("agent.version", now.agent().version());
    check("agent.host", now.agent().host());
    check("agent.netns", now.agent().netns());
    check("scan", now.scan());
    check("status", now.status());
    all("unknown", now.unknown());
    all("findings", now.findings());
    for (Now.Finding finding : now.findings()) {
      check("findings.subject", finding.subject());
      all("findings.evidence", finding.evidence());
      all("findings.actions", finding.actions());
    }
    all("namespaces", now.namespaces());
    for (Now.Namespace namespace : now.namespaces()) {
      check("namespaces.netns", namespace.netns());
      all("namespaces.owners", namespace.owners());
      namespace.owners().forEach(owner -> check("owners.connections", owner.connections()));
      if (namespace.listeners() != null) {
        all("namespaces.listeners", namespace.listeners());
      }
    }
    return now;
  }

  private static void all(String name, @Nullable Collection<?> values) {
    check(name, values);
    if (values != null) {
      values.forEach(value -> check(name, value));
    }
  }

  private static void check(String name, @Nullable Object value) {
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
  }
}
