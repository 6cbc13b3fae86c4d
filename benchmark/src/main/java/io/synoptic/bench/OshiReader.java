package io.synoptic.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import oshi.SystemInfo;
import oshi.software.os.InternetProtocolStats;

/**
 * A small Java program that asks OSHI: a line on stdin is a question, a line on stdout its answer.
 */
public final class OshiReader {
  static final String PROGRAM = "java";

  private OshiReader() {}

  public static void main(String[] args) throws Exception {
    InternetProtocolStats stats = new SystemInfo().getOperatingSystem().getInternetProtocolStats();
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    while (questions.readLine() != null) {
      System.out.println(stats.getConnections().size());
    }
  }

  static Daemon start() throws IOException {
    List<String> command =
        List.of(
            PROGRAM,
            "-Xmx8g",
            "-cp",
            System.getProperty("java.class.path"),
            OshiReader.class.getName());
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return new Daemon(process, new Client(process));
  }

  /** Who asks it. */
  private static final class Client implements Daemon.Question {
    private final Process process;
    private final BufferedReader answers;

    private Client(Process process) {
      this.process = process;
      this.answers = process.inputReader();
    }

    @Override
    public long ask() throws IOException {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      String answer = answers.readLine();
      if (answer == null) {
        throw new IOException("OSHI's program has ended");
      }
      return Long.parseLong(answer);
    }
  }
}
