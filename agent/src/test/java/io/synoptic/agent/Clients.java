package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process with many connections to one port of loopback; one process can't hold 30,000. */
final class Clients implements AutoCloseable {
  private final Process process;

  private Clients(Process process) {
    this.process = process;
  }

  /** Connects in a namespace; each of the listener's queue must have room. */
  static Clients connect(NetworkNamespace namespace, int port, int count) throws Exception {
    Process process =
        new ProcessBuilder(
                namespace.command(
                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                    "-cp",
                    Path.of("target/test-classes").toAbsolutePath().toString(),
                    Clients.class.getName(),
                    Integer.toString(port),
                    Integer.toString(count)))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(process.inputReader().readLine()).isEqualTo("ready");
    return new Clients(process);
  }

  /** Holds its connections until standard input ends. */
  public static void main(String[] args) throws IOException {
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(args[1]); i++) {
      sockets.add(new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])));
    }
    System.out.println("ready");
    System.in.transferTo(System.out);
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  @Override
  public void close() throws Exception {
    process.getOutputStream().close();
    assertThat(process.waitFor()).isZero();
  }
}
