package io.synoptic.agent.web;

import io.synoptic.internal.procfs.Messages;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.util.List;

/**
 * The socket that systemd has opened and listens on for us: it stays open while the agent is
 * started again, and connections wait in its queue.
 *
 * @param channel listening
 * @param addresses where: one
 */
public record SystemdSocket(ServerSocketChannel channel, List<ListenAddress> addresses) {
  private static final String ADVICE =
      "; --web.systemd-socket needs a synoptic.socket that is started, with one ListenStream= of"
          + " TCP";

  /** The one that was passed to this process: the launcher makes it the standard input. */
  public static SystemdSocket inherited() throws InvalidInputException {
    String count = System.getenv().getOrDefault("LISTEN_FDS", "0");
    if (!count.equals("1")) {
      throw new InvalidInputException("systemd passes " + count + " sockets" + ADVICE);
    }
    try {
      Channel channel = System.inheritedChannel();
      if (channel instanceof ServerSocketChannel listening
          && listening.getLocalAddress() instanceof InetSocketAddress at) {
        return new SystemdSocket(listening, List.of(address(at)));
      }
      throw new InvalidInputException("systemd passes no listening TCP socket" + ADVICE);
    } catch (IOException e) {
      throw new InvalidInputException("the socket of systemd: " + Messages.of(e) + ADVICE);
    }
  }

  private static ListenAddress address(InetSocketAddress at) {
    String host = at.getAddress().getHostAddress();
    return new ListenAddress(
        at.getAddress() instanceof Inet6Address ? host.replaceAll("^0(:0){7}$", "::") : host,
        at.getPort());
  }
}
