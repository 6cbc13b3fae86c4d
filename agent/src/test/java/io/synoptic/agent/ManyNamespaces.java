package io.synoptic.agent;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Network namespaces with names, each with listeners of which the accept queues change. */
final class ManyNamespaces implements AutoCloseable {
  private static final int FIRST_PORT = 8000;
  private static final int BACKLOG = 32;
  private static final long PAUSE_MILLIS = 700;

  private final List<NetworkNamespace> namespaces;
  private final List<Thread> inhabitants = new ArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);

  private ManyNamespaces(List<NetworkNamespace> namespaces) {
    this.namespaces = namespaces;
  }

  /** Makes so many namespaces, with so many listeners in each. */
  static ManyNamespaces create(int many, int listeners) throws Exception {
    ManyNamespaces all = new ManyNamespaces(NetworkNamespace.createAll(many));
    try {
      for (NetworkNamespace namespace : all.namespaces) {
        all.inhabitants.add(namespace.call(() -> all.inhabitant(listeners)));
      }
      return all;
    } catch (Exception e) {
      all.close();
      throw e;
    }
  }

  /** Starts a thread that stays in the namespace of its parent. */
  private Thread inhabitant(int listeners) throws Exception {
    List<ServerSocketChannel> servers = new ArrayList<>();
    for (int i = 0; i < listeners; i++) {
      ServerSocketChannel server = ServerSocketChannel.open();
      server.bind(new InetSocketAddress(FIRST_PORT + i), BACKLOG);
      server.configureBlocking(false);
      servers.add(server);
    }
    Thread thread = new Thread(() -> live(servers));
    thread.start();
    return thread;
  }

  private void live(List<ServerSocketChannel> servers) {
    List<List<SocketChannel>> clients = new ArrayList<>();
    servers.forEach(server -> clients.add(new ArrayList<>()));
    Random random = new Random();
    try {
      while (!end.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        int one = random.nextInt(servers.size());
        if (clients.get(one).size() < random.nextInt(BACKLOG)) {
          InetSocketAddress address =
              new InetSocketAddress(InetAddress.getLoopbackAddress(), FIRST_PORT + one);
          clients.get(one).add(SocketChannel.open(address));
        } else {
          leave(servers.get(one), clients.get(one));
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      for (int i = 0; i < servers.size(); i++) {
        closeAll(servers.get(i), clients.get(i));
      }
    }
  }

  private static void leave(ServerSocketChannel server, List<SocketChannel> clients)
      throws Exception {
    for (SocketChannel client : clients) {
      client.close();
    }
    clients.clear();
    for (SocketChannel one = server.accept(); one != null; one = server.accept()) {
      one.close();
    }
  }

  private static void closeAll(ServerSocketChannel server, List<SocketChannel> clients) {
    try (server) {
      leave(server, clients);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws Exception {
    end.countDown();
    for (Thread inhabitant : inhabitants) {
      inhabitant.join();
    }
    NetworkNamespace.deleteAll(namespaces);
  }
}
