package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A terminal with a shell in it: tmux reads what programs write, and types. */
final class Tmux implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;
  private static final String PROMPT = "synoptic-test$ ";

  private final String socket;

  private Tmux(String socket) {
    this.socket = socket;
  }

  /** Opens one, or skips the test where there is no tmux. */
  static Tmux open(int columns, int rows) throws Exception {
    assumeTrue(
        Stream.of("/usr/bin/tmux", "/usr/local/bin/tmux").map(Path::of).anyMatch(Files::exists),
        "there is no tmux");
    Tmux tmux =
        new Tmux("synoptic-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    tmux.tmux(
        "-f",
        "/dev/null",
        "new-session",
        "-d",
        "-x",
        "" + columns,
        "-y",
        "" + rows,
        "env PS1='" + PROMPT + "' LC_ALL=C.UTF-8 bash --norc --noprofile");
    tmux.tmux("set-option", "-g", "status", "off");
    tmux.tmux("set-option", "-g", "window-size", "manual");
    tmux.resize(columns, rows);
    tmux.await(Pattern.quote(PROMPT.strip()));
    return tmux;
  }

  private String tmux(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("tmux", "-L", socket));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    return output;
  }

  /** Types text as it is. */
  void type(String text) throws Exception {
    tmux("send-keys", "-l", "--", text);
  }

  /** Presses keys by tmux' names, such as Enter, Down, C-c. */
  void press(String... keys) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("send-keys"));
    arguments.addAll(List.of(keys));
    tmux(arguments.toArray(String[]::new));
  }

  /** Has the shell run a command line. */
  void run(String line) throws Exception {
    type(line);
    press("Enter");
  }

  void resize(int columns, int rows) throws Exception {
    tmux("resize-window", "-x", "" + columns, "-y", "" + rows);
  }

  /** What is to be seen, a line each row. */
  String screen() throws Exception {
    return tmux("capture-pane", "-p");
  }

  /** The same with its colours. */
  String colours() throws Exception {
    return tmux("capture-pane", "-p", "-e");
  }

  /** What tmux knows, such as pane_title. */
  String property(String name) throws Exception {
    return tmux("display-message", "-p", "#{" + name + "}").strip();
  }

  /** The process that the shell runs, of which it is the only child. */
  long child() throws Exception {
    long shell = Long.parseLong(property("pane_pid"));
    return ProcessHandle.of(shell).orElseThrow().children().findFirst().orElseThrow().pid();
  }

  /** Sends a signal to it. */
  void signal(String signal) throws Exception {
    String pid = Long.toString(child());
    assertThat(new ProcessBuilder("kill", "-" + signal, pid).start().waitFor()).isZero();
  }

  /** Waits until a pattern is to be seen, and returns the screen. */
  String await(String pattern) throws Exception {
    return await(Pattern.compile(pattern), true);
  }

  /** Waits until it is not. */
  String awaitGone(String pattern) throws Exception {
    return await(Pattern.compile(pattern), false);
  }

  private String await(Pattern pattern, boolean there) throws Exception {
    long start = System.nanoTime();
    String screen = screen();
    while (pattern.matcher(screen).find() != there) {
      assertThat(System.nanoTime() - start)
          .as("%s: %s\n%s", there ? "not to be seen" : "still to be seen", pattern, screen)
          .isLessThan(TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS));
      Thread.sleep(50);
      screen = screen();
    }
    return screen;
  }

  @Override
  public void close() throws Exception {
    tmux("kill-server");
  }
}
