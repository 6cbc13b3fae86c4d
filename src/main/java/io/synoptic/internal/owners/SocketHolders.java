package io.synoptic.internal.owners;

import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names the processes that hold sockets, of every user: {@code synoptic-launcher --processes} has
 * started a child that may look, and this process may not.
 */
public final class SocketHolders {
  private static final String VARIABLE = "SYNOPTIC_PROCESSES";
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final Pattern PIPES = Pattern.compile("([0-9]{1,9}),([0-9]{1,9})");
  private static final Pattern LINE = Pattern.compile("([0-9]{1,18}) ([0-9]{1,9}) (.*)");

  /** A million sockets. */
  private static final int MOST_BYTES = 64 << 20;

  /** Gets who holds a socket. */
  @FunctionalInterface
  public interface Sink {
    /** One process that has the socket open; there may be more. */
    void add(long inode, int pid, String name);
  }

  private final OutputStream questions;
  private final InputStream answers;

  SocketHolders(OutputStream questions, InputStream answers) {
    this.questions = questions;
    this.answers = answers;
  }

  /** Those that the environment names; none if the launcher had no such child. */
  public static Optional<SocketHolders> of(Map<String, String> environment) {
    Matcher pipes = PIPES.matcher(environment.getOrDefault(VARIABLE, ""));
    if (!pipes.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new SocketHolders(
              Files.newOutputStream(DESCRIPTORS.resolve(pipes.group(1)), StandardOpenOption.WRITE),
              Files.newInputStream(DESCRIPTORS.resolve(pipes.group(2)))));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /** Asks for all sockets, in the order of the processes' numbers. */
  public void ask(Sink sink) throws IOException {
    questions.write('?');
    questions.flush();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(new OneAnswer(answers), StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher socket = LINE.matcher(line);
      if (socket.matches()) {
        sink.add(
            Long.parseLong(socket.group(1)), Integer.parseInt(socket.group(2)), socket.group(3));
      }
    }
  }

  /** Ends where an answer does, before its empty line; the next one is for the next question. */
  private static final class OneAnswer extends FilterInputStream {
    private int left = MOST_BYTES;
    private boolean ended;
    private byte last = '\n';

    OneAnswer(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (ended) {
        return -1;
      }
      int count = super.read(bytes, offset, length);
      if (count < 0) {
        throw new IOException("what names processes has ended");
      }
      left -= count;
      if (left < 0) {
        throw new IOException("an answer is too long");
      }
      // The child writes nothing behind it before the next question.
      byte before = count > 1 ? bytes[offset + count - 2] : last;
      last = bytes[offset + count - 1];
      ended = before == '\n' && last == '\n';
      return count;
    }
  }
}
