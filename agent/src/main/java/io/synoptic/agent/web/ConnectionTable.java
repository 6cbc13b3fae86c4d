package io.synoptic.agent.web;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Which connections there are and what they hold, and which of them make room. A newcomer never
 * does: it takes the place of another, of the address block that holds most.
 *
 * @param <C> a connection, from accept on
 */
final class ConnectionTable<C> {
  /** Why a connection is closed; the label of a metric. */
  enum Reason {
    REQUEST_TIMEOUT,
    ANSWER_TIMEOUT,
    ADDRESS_LIMIT,
    LIMIT
  }

  /**
   * What is held at most.
   *
   * @param connections of all
   * @param connectionsPerBlock of one address block
   * @param bytes of all, see {@link ConnectionTable#bytes}
   * @param bytesPerBlock of one address block
   * @param connectionBytes what a connection takes that has not been answered yet
   * @param answerBytes what an answer takes until it is read, beside the body: kernel and copies
   * @param freshNanos how long a connection may be there before it counts for its block, if no
   *     request has come: all that come at once are heard, and only those that are slow make room
   * @param requestNanos from the connection's beginning, or from its last answer, to the end of a
   *     request's headers
   * @param answerNanos from an answer's first byte to its last
   */
  record Limits(
      int connections,
      int connectionsPerBlock,
      long bytes,
      long bytesPerBlock,
      long connectionBytes,
      long answerBytes,
      long freshNanos,
      long requestNanos,
      long answerNanos) {}

  /** A connection that is no longer in the table, and is to be closed. */
  record Closed<C>(C connection, Reason reason) {}

  /** In the order in which they make room. */
  private enum State {
    READING,
    WAITING,
    WRITING
  }

  private final class Client {
    final C connection;
    final AddressBlock block;
    State state = State.READING;
    long since = clock.getAsLong();
    boolean suspect;

    /** Whether it has sent a whole request. */
    boolean asked;

    /** Bytes of the largest answer yet; the client may not have read them. */
    long sent;

    /** That is being written, and how much of memory it is. */
    Object body;

    long bodyBytes;

    Client(C connection, AddressBlock block) {
      this.connection = connection;
      this.block = block;
    }

    boolean isFresh() {
      return state == State.READING
          && !suspect
          && sent == 0
          && clock.getAsLong() - since < limits.freshNanos;
    }

    boolean isSuspect() {
      return suspect && state != State.WRITING;
    }

    long ownBytes() {
      return limits.connectionBytes + Math.min(sent, limits.answerBytes);
    }
  }

  private final Limits limits;
  private final LongSupplier clock;
  private final Map<C, Client> clients = new LinkedHashMap<>();

  /** The longest of those that hold least of our work goes first. */
  private final Comparator<Client> idleFirst =
      Comparator.<Client, Boolean>comparing(client -> !client.isSuspect())
          .thenComparing(client -> client.state)
          .thenComparing(client -> client.since, (a, b) -> Long.signum(a - b));

  /** The slowest reader goes first, for its body's sake. */
  private final Comparator<Client> writingFirst =
      Comparator.<Client, Boolean>comparing(client -> client.state != State.WRITING)
          .thenComparing(idleFirst);

  /**
   * An empty table.
   *
   * @param clock like {@link System#nanoTime}
   */
  ConnectionTable(Limits limits, LongSupplier clock) {
    this.limits = limits;
    this.clock = clock;
  }

  /** Adds a connection that has been accepted; returns those that make room. */
  synchronized List<Closed<C>> opened(C connection, AddressBlock block) {
    Client client = new Client(connection, block);
    clients.put(connection, client);
    return makeRoom(client);
  }

  /** Forgets a connection. */
  synchronized void closed(C connection) {
    clients.remove(connection);
  }

  /** A whole request has come: no bytes are charged while it waits. */
  synchronized void waits(C connection) {
    Client client = change(connection, State.WAITING);
    if (client != null) {
      client.asked = true;
    }
  }

  /**
   * Its answer begins; returns those that make room.
   *
   * @param body that others may be sent, too
   * @param heldBytes what the body takes
   * @param sentBytes how long the answer is
   */
  synchronized List<Closed<C>> writes(C connection, Object body, long heldBytes, long sentBytes) {
    Client client = change(connection, State.WRITING);
    if (client == null) {
      return List.of();
    }
    client.body = body;
    client.bodyBytes = heldBytes;
    client.sent = Math.max(client.sent, sentBytes);
    return makeRoom(client);
  }

  /** It has been answered, and may ask again. */
  synchronized void reads(C connection) {
    change(connection, State.READING);
  }

  /** Whether it, unless it is being answered, is the first of its block to make room. */
  synchronized void suspect(C connection, boolean suspect) {
    Client client = clients.get(connection);
    if (client != null) {
      client.suspect = suspect;
    }
  }

  /**
   * Whether any is owed an answer by a server that stops: its request is there, or may be on its
   * way because it has connected only now. One that has been answered since closes by itself.
   *
   * @param stopNanos when the server has begun to close what it has answered, by the clock
   * @param graceNanos how long a connection may be there before it sends its first request
   */
  synchronized boolean owes(long stopNanos, long graceNanos) {
    long now = clock.getAsLong();
    return clients.values().stream()
        .anyMatch(
            client ->
                client.state != State.READING
                    || (client.asked
                        ? client.since - stopNanos > 0
                        : now - client.since < graceNanos));
  }

  private Client change(C connection, State state) {
    Client client = clients.get(connection);
    if (client != null) {
      client.state = state;
      client.since = clock.getAsLong();
      client.body = null;
      client.bodyBytes = 0;
    }
    return client;
  }

  /** Forgets, and returns, what has taken too long to send a request or to read an answer. */
  synchronized List<Closed<C>> overdue() {
    long now = clock.getAsLong();
    List<Closed<C>> overdue = new ArrayList<>();
    for (Client client : List.copyOf(clients.values())) {
      long age = now - client.since;
      if (client.state == State.READING && age > limits.requestNanos) {
        overdue.add(forget(client, Reason.REQUEST_TIMEOUT));
      } else if (client.state == State.WRITING && age > limits.answerNanos) {
        overdue.add(forget(client, Reason.ANSWER_TIMEOUT));
      }
    }
    return overdue;
  }

  /** How long nothing can be overdue: neither what is here nor what may come meanwhile. */
  synchronized long nanosUntilDue() {
    long now = clock.getAsLong();
    long soonest = Math.min(limits.requestNanos, limits.answerNanos);
    for (Client client : clients.values()) {
      if (client.state != State.WAITING) {
        boolean reads = client.state == State.READING;
        long limit = reads ? limits.requestNanos : limits.answerNanos;
        soonest = Math.min(soonest, client.since + limit - now);
      }
    }
    return soonest;
  }

  private Closed<C> forget(Client client, Reason reason) {
    clients.remove(client.connection);
    return new Closed<>(client.connection, reason);
  }

  private List<Closed<C>> makeRoom(Client newcomer) {
    List<Closed<C>> closed = new ArrayList<>();
    Predicate<Client> neighbour =
        client -> client.block.equals(newcomer.block) && (client == newcomer || !client.isFresh());
    makeRoom(
        newcomer,
        neighbour,
        limits.connectionsPerBlock,
        limits.bytesPerBlock,
        closed,
        Reason.ADDRESS_LIMIT);
    makeRoom(newcomer, client -> true, limits.connections, limits.bytes, closed, Reason.LIMIT);
    return closed;
  }

  private void makeRoom(
      Client newcomer,
      Predicate<Client> among,
      long maxCount,
      long maxBytes,
      List<Closed<C>> closed,
      Reason reason) {
    while (true) {
      List<Client> some = clients.values().stream().filter(among).toList();
      Client next;
      if (some.size() > maxCount) {
        next = ofHeaviestBlock(some, newcomer, Collection::size, idleFirst);
      } else if (bytes(some) > maxBytes) {
        next = ofHeaviestBlock(some, newcomer, this::bytes, writingFirst);
      } else {
        return;
      }
      if (next == null) {
        return; // the newcomer alone is more: it may be
      }
      closed.add(forget(next, reason));
    }
  }

  private Client ofHeaviestBlock(
      List<Client> some,
      Client newcomer,
      ToLongFunction<List<Client>> weight,
      Comparator<Client> order) {
    Map<AddressBlock, List<Client>> blocks =
        some.stream().collect(Collectors.groupingBy(client -> client.block));
    long heaviest = -1;
    Client first = null;
    for (List<Client> block : blocks.values()) {
      long ours = weight.applyAsLong(block);
      for (Client client : block) {
        boolean before = ours > heaviest || (ours == heaviest && order.compare(client, first) < 0);
        if (client != newcomer && before) {
          heaviest = ours;
          first = client;
        }
      }
    }
    return first;
  }

  /** What these hold: a body that several are sent is held once. */
  private long bytes(List<Client> some) {
    Set<Object> bodies = Collections.newSetFromMap(new IdentityHashMap<>());
    long bytes = 0;
    for (Client client : some) {
      bytes += client.ownBytes();
      if (client.body != null && bodies.add(client.body)) {
        bytes += client.bodyBytes;
      }
    }
    return bytes;
  }
}
