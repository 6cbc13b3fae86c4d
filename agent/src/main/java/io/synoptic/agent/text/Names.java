package io.synoptic.agent.text;

import io.synoptic.agent.now.Now;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What things are called; {@code format.js} has the same. What is missing in a document that
 * another agent has sent is empty.
 */
public final class Names {
  private static final String GAP = " · ";

  private Names() {}

  /** An address and port, in brackets if it has colons. */
  public static String endpoint(String address, String port) {
    return (address.indexOf(':') >= 0 ? '[' + address + ']' : address) + ':' + port;
  }

  /** A network namespace: the pod's name if it is one's. */
  public static String place(
      @Nullable String netns, @Nullable String namespace, @Nullable String pod) {
    if (!isEmpty(pod)) {
      return namespace + "/" + pod;
    }
    return netns == null || netns.isEmpty() ? "own namespace" : netns;
  }

  /** Who listens or connects; empty if nothing is known. */
  public static String owner(
      @Nullable String namespace,
      @Nullable String pod,
      @Nullable String container,
      @Nullable String unit,
      @Nullable String process) {
    return joined(isEmpty(pod) ? "" : namespace + "/" + pod, container, unit, process);
  }

  /** What a finding is about. */
  public static String subject(Now.Subject it) {
    return switch (Objects.toString(it.kind(), "")) {
      case "listener" -> endpoint(it.address(), it.port());
      case "owner" -> {
        String owner = owner(it);
        yield owner.isEmpty() ? "connections of an unknown owner" : owner;
      }
      case "namespace" -> place(it.netns(), it.namespace(), it.pod());
      default -> "the host";
    };
  }

  /**
   * Who and where that is, as far as the subject's name does not say it.
   *
   * @param many whether there is more than one network namespace
   */
  public static String whose(Now.Subject it, boolean many) {
    boolean isPlaced = "listener".equals(it.kind()) || "owner".equals(it.kind());
    return joined(
        "listener".equals(it.kind()) ? owner(it) : "",
        many && isPlaced && isEmpty(it.pod()) ? place(it.netns(), "", "") : "");
  }

  private static String owner(Now.Subject it) {
    return owner(it.namespace(), it.pod(), it.container(), it.unit(), it.process());
  }

  /** How many findings there are of each severity, or that there are none. */
  public static String status(Now now) {
    List<String> parts = new ArrayList<>();
    long critical = count(now, "critical");
    long warnings = count(now, "warning");
    if (critical > 0) {
      parts.add(Figures.count(critical) + " critical");
    }
    if (warnings > 0) {
      parts.add(Figures.number(warnings, "warning"));
    }
    return parts.isEmpty() ? status(now.status()) : String.join(", ", parts);
  }

  /** The word for a status. */
  public static String status(String label) {
    return label.equals("unknown") ? "not known" : label;
  }

  private static long count(Now now, String severity) {
    return now.findings().stream().filter(one -> severity.equals(one.severity())).count();
  }

  private static String joined(@Nullable String... names) {
    return Stream.of(names).filter(name -> !isEmpty(name)).collect(Collectors.joining(GAP));
  }

  private static boolean isEmpty(@Nullable String name) {
    return name == null || name.isEmpty();
  }
}
