package io.synoptic.agent;

import io.synoptic.Destination;
import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.ScanReport;
import io.synoptic.SocketSnapshot;
import java.util.Formatter;
import java.util.Locale;

/**
 * Where the local ports go: the destinations behind {@code synoptic_tcp_busiest_destination_ports},
 * for a person who asks. Peers' addresses are no labels, for there may be any number of them.
 */
final class PortsPage {
  static final String PATH = "/ports";

  private PortsPage() {}

  static String text(ScanReport report) {
    Formatter text = new Formatter(new StringBuilder(), Locale.ROOT);
    for (NamespaceReport namespace : report.namespaces()) {
      namespace
          .sockets()
          .filter(sockets -> sockets.unlistedListeners() == 0)
          .filter(sockets -> isShown(namespace.name(), sockets))
          .ifPresent(sockets -> table(namespace.name(), sockets, text));
    }
    return text.toString().isEmpty()
        ? "not known: no good scan yet, or more listeners than a scan lists\n"
        : text.toString();
  }

  /** A host has many namespaces, and few of them lead anywhere often. */
  private static boolean isShown(NetworkNamespace netns, SocketSnapshot counts) {
    return netns.equals(NetworkNamespace.OWN) || !counts.destinations().isEmpty();
  }

  private static void table(NetworkNamespace netns, SocketSnapshot counts, Formatter table) {
    if (!netns.equals(NetworkNamespace.OWN)) {
      table.format("%n%s %s/%s%n", netns.netns(), netns.namespace(), netns.pod());
    }
    table.format(
        "Local ports in use by connections from here, by where they lead, as of %s.%n"
            + "The figures are never too low, and too high by the error at most.%n%n"
            + "%8s %8s  %-46s %s%n",
        counts.takenAt(), "ports", "error", "from", "to");
    for (Destination to : counts.destinations()) {
      boolean ipv6 = to.address().contains(":");
      table.format(
          "%8d %8d  %-46s %s:%d%n",
          to.ports(),
          to.error(),
          to.source(),
          ipv6 ? "[" + to.address() + "]" : to.address(),
          to.port());
    }
  }
}
