package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.Container.Bpf;
import io.synoptic.agent.Container.Grants;
import io.synoptic.agent.Container.Mount;
import io.synoptic.agent.HttpExchange.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Slow clients in numbers, of the agent in a container of 96 MiB. */
@Timeout(120)
class ContainerCrowdsIT {
  private static final int PORT = 10119;
  private static final String READY = "Synoptic answers at ";
  private static final int ROUNDS = 5;

  /** The first bytes of a TLS handshake of 512. */
  private static final byte[] HANDSHAKE = {0x16, 3, 1, 2, 0, 1, 0};

  @TempDir static Path folder;

  private static OciImage image;

  private final List<Socket> crowd = new ArrayList<>();

  @BeforeAll
  static void unpack() throws Exception {
    image = OciImage.built(folder);
  }

  private static Socket connect(int i) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.bind(new InetSocketAddress(InetAddress.getByName("127.0." + (1 + i % 50) + ".1"), 0));
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT));
    return socket;
  }

  /** Connects clients that begin so. */
  private void gather(NetworkNamespace network, int count, byte[] sent) throws Exception {
    boolean all =
        NetworkNamespace.call(
            network.path(),
            () -> {
              for (int i = 0; i < count; i++) {
                Socket socket = connect(i);
                crowd.add(socket);
                try {
                  socket.getOutputStream().write(sent);
                } catch (IOException e) {
                  // it had to make room
                }
              }
              return true;
            });
    assertThat(all).isTrue();
  }

  /** What each of the crowd does, again and again; one that has had to make room is silent. */
  private interface Step {
    void take(Socket client) throws IOException;
  }

  private void each(Step step) {
    for (Socket client : crowd) {
      try {
        step.take(client);
      } catch (IOException e) {
        // it had to make room
      }
    }
  }

  private static Answer scrape(Socket connection) throws IOException {
    try (HttpExchange http = new HttpExchange(connection)) {
      return http.get("/metrics", "Accept-Encoding: gzip");
    }
  }

  private void disperse() throws IOException {
    for (Socket client : crowd) {
      client.close();
    }
  }

  @Test
  void thirtyWhoReadTenMegabytesSlowlyLeaveRoomForOthers() throws Exception {
    try (NetworkNamespace network = NetworkNamespace.create(16384);
        Lab lab = Lab.in(network, "ipv4:listener=5000,backlog=3");
        Container agent =
            Container.run(image, network, "--listener.max=5000", "--listener.include=1-65535")) {
      agent.awaitLine(READY);
      try (HttpExchange http = new HttpExchange(network.connect(PORT))) {
        assertThat(http.get("/metrics").length()).isGreaterThan(10_000_000);
      }
      gather(
          network,
          30,
          "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      for (int round = 0; round < ROUNDS; round++) {
        each(client -> client.getInputStream().readNBytes(1000));
        Answer answer = scrape(network.connect(PORT));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.sample("synoptic_exposition_success")).isEqualTo(1);
        TimeUnit.MILLISECONDS.sleep(1100); // a scan of its own for each round
      }
      assertThat(lab.sockets()).containsEntry("ipv4 listen", 5000L);
      assertThat(agent.errors()).isEmpty();
    } finally {
      disperse();
    }
  }

  @Test
  void threeThousandHandshakesThatNeverEndLeaveRoomForOthers() throws Exception {
    Path config = Files.createDirectory(folder.resolve("config"));
    OpenSsl.selfSigned(config, "a");
    Files.writeString(
        config.resolve("web.yml"), "tls_server_config: {cert_file: a.pem, key_file: a.key}\n");
    Files.setPosixFilePermissions(
        config.resolve("a.key"), PosixFilePermissions.fromString("rw-r--r--"));
    Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (NetworkNamespace network = NetworkNamespace.create(16384)) {
      List<String> command = new ArrayList<>(image.command());
      command.add("--web.config.file=/config/web.yml");
      Grants restricted =
          new Grants(
              image.user(),
              List.of(),
              Optional.of(network),
              false,
              List.of(new Mount(config, "/config", false)));
      try (Container agent = Container.run(image, restricted, Bpf.REFUSED, command)) {
        agent.awaitLine(READY);
        gather(network, 3000, HANDSHAKE);
        for (int round = 0; round < ROUNDS; round++) {
          each(client -> client.getOutputStream().write(0));
          Answer answer = scrape(TlsClient.over(network.connect(PORT)));
          assertThat(answer.status()).isEqualTo(200);
          assertThat(answer.sample("synoptic_http_connections_closed_total{reason=\"limit\"}"))
              .isGreaterThan(2400);
        }
        assertThat(agent.errors()).isEmpty();
      }
    } finally {
      disperse();
    }
  }
}
