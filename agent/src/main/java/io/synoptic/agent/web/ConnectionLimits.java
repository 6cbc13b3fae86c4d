package io.synoptic.agent.web;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Bounds how many connections there are and how long one may take for a request, so that slow and
 * idle clients don't keep an honest scrape out.
 *
 * <p>A connection too many is not refused: the one that has kept us waiting longest makes room, so
 * that whoever sends a whole request at once is answered. A connection whose request is being
 * answered is the last to go.
 */
final class ConnectionLimits extends Handler.Wrapper implements Connection.Listener {
  private final int max;
  private final int maxPerAddress;
  private final long requestWithinNanos;

  /** By what stands at the network, below TLS. */
  private final Map<EndPoint, Client> clients = new HashMap<>();

  private static final class Client {
    final InetAddress address;
    boolean answering;
    long since = System.nanoTime();

    Client(InetAddress address) {
      this.address = address;
    }
  }

  /**
   * Around the pages.
   *
   * @param requestWithinMillis from the connection's beginning, or from its last answer, to the end
   *     of a request's headers
   */
  ConnectionLimits(Handler pages, int max, int maxPerAddress, long requestWithinMillis) {
    super(pages);
    this.max = max;
    this.maxPerAddress = maxPerAddress;
    requestWithinNanos = TimeUnit.MILLISECONDS.toNanos(requestWithinMillis);
  }

  @Override
  public void onOpened(Connection connection) {
    EndPoint endPoint = connection.getEndPoint();
    if (!(endPoint instanceof EndPoint.Wrapper)
        && endPoint.getRemoteSocketAddress() instanceof InetSocketAddress remote) {
      InetAddress address = remote.getAddress();
      close(makeRoom(address));
      synchronized (clients) {
        clients.put(endPoint, new Client(address));
      }
    }
  }

  @Override
  public void onClosed(Connection connection) {
    synchronized (clients) {
      clients.remove(connection.getEndPoint());
    }
  }

  /**
   * Forgets connections so that one more from an address is within the limits, and returns them.
   */
  private List<EndPoint> makeRoom(InetAddress address) {
    synchronized (clients) {
      List<EndPoint> forgotten = new ArrayList<>();
      Predicate<Client> neighbour = client -> client.address.equals(address);
      while (count(neighbour) >= maxPerAddress) {
        forgotten.add(forgetLongest(neighbour));
      }
      while (clients.size() >= max) {
        forgotten.add(forgetLongest(client -> true));
      }
      return forgotten;
    }
  }

  private long count(Predicate<Client> which) {
    return clients.values().stream().filter(which).count();
  }

  private EndPoint forgetLongest(Predicate<Client> which) {
    EndPoint longest =
        clients.entrySet().stream()
            .filter(each -> which.test(each.getValue()))
            .min(
                Comparator.comparing(
                        (Map.Entry<EndPoint, Client> each) -> each.getValue().answering)
                    .thenComparing(each -> each.getValue().since, (a, b) -> Long.signum(a - b)))
            .orElseThrow()
            .getKey();
    clients.remove(longest);
    return longest;
  }

  /** Closes what has taken too long to send a request. */
  void closeOverdue() {
    long now = System.nanoTime();
    List<EndPoint> overdue;
    synchronized (clients) {
      overdue =
          clients.entrySet().stream()
              .filter(each -> !each.getValue().answering)
              .filter(each -> now - each.getValue().since > requestWithinNanos)
              .map(Map.Entry::getKey)
              .toList();
    }
    close(overdue);
  }

  /**
   * Ends connections by their idle timeout: it waits until no thread reads from them, which would
   * stumble over a close.
   */
  private static void close(List<EndPoint> endPoints) {
    endPoints.forEach(endPoint -> endPoint.setIdleTimeout(1));
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    while (endPoint instanceof EndPoint.Wrapper wrapper) {
      endPoint = wrapper.unwrap();
    }
    EndPoint network = endPoint;
    answering(network, true);
    return super.handle(
        request, response, Callback.from(callback, () -> answering(network, false)));
  }

  private void answering(EndPoint endPoint, boolean answering) {
    synchronized (clients) {
      Client client = clients.get(endPoint);
      if (client != null) {
        client.answering = answering;
        client.since = System.nanoTime();
      }
    }
  }
}
