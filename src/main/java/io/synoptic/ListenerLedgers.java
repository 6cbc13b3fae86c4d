package io.synoptic;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The listeners' ledgers, one for each namespace that is shown; they share their places. Fed by two
 * threads, in turns. Namespaces go by the keys of {@link Namespaces}, times are of {@link
 * System#nanoTime()}.
 */
final class ListenerLedgers {
  private final ListenerPlaces.Room room;
  private final PortSet included;
  private final boolean watched;
  private final Map<Long, ListenerLedger> ledgers = new HashMap<>();
  private PortRange ephemeral = PortRange.DEFAULT_EPHEMERAL;

  /**
   * No ledger but that of the own namespace.
   *
   * @param places for groups, of all namespaces together
   * @param included ports that are never ephemeral
   * @param watched whether there is a fast lane
   */
  ListenerLedgers(int places, PortSet included, boolean watched) {
    room = new ListenerPlaces.Room(places);
    this.included = included;
    this.watched = watched;
    open(Namespaces.OWN);
  }

  private ListenerLedger open(long namespace) {
    ListenerLedger ledger = new ListenerLedger(new ListenerPlaces(room, included), watched);
    ledger.ephemeralPorts(ephemeral);
    ledgers.put(namespace, ledger);
    return ledger;
  }

  /** Says which ports the kernel gives out by itself, from now on, in all namespaces. */
  synchronized void ephemeralPorts(PortRange ports) {
    ephemeral = ports;
    ledgers.values().forEach(ledger -> ledger.ephemeralPorts(ports));
  }

  /**
   * Takes in what a scan of all sockets, begun at {@code reading}, says of one namespace; returns
   * what it shows.
   */
  synchronized ListenerFigures scanned(long namespace, ListenerTable table, long reading) {
    ListenerLedger ledger = ledgers.get(namespace);
    return (ledger == null ? open(namespace) : ledger).scanned(table, reading);
  }

  /**
   * Takes in what a scan of the listeners alone says of one namespace; nothing of one that no scan
   * has told of yet.
   */
  synchronized void polled(long namespace, ListenerTable table, long reading) {
    ListenerLedger ledger = ledgers.get(namespace);
    if (ledger != null) {
      ledger.polled(table, reading);
    }
  }

  /** What the last scan or poll has shown of a namespace that one has told of. */
  synchronized ListenerFigures figures(long namespace, long now) {
    return ledgers.get(namespace).figures(now);
  }

  /** Forgets all other namespaces. */
  synchronized void retain(Set<Long> namespaces) {
    ledgers
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !namespaces.contains(entry.getKey());
              if (gone) {
                entry.getValue().leave();
              }
              return gone;
            });
  }
}
