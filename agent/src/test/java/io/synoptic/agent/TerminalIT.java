package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ./synoptic in a terminal. */
@Tag("waits")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TerminalIT {
  private static final int COLUMNS = 118;
  private static final int ROWS = 30;
  private static final String PICTURES = System.getProperty("synoptic.pictures");
  private static final String TOP = " top --agent=none";

  /** What the last row begins with. */
  private static final String KEYS = "(?m)^q quit  ";

  private NetworkNamespace network;
  private Lab lab;
  private Process hostile;
  private Tmux terminal;

  @BeforeAll
  void makeTrouble() throws Exception {
    network = NetworkNamespace.create(1024);
    lab =
        Lab.in(
            network,
            "ipv4:listener=1,backlog=16,fill=17,port=7005",
            "ipv4:listener=1,backlog=128,fill=20,port=7006",
            "ipv4:close_wait=50");
    String listens =
        "open(my $f, '>', \"/proc/$$/comm\"); print $f \"\\e]2;evil\\a\\e[2J\"; close $f;"
            + "use Socket; socket(my $s, AF_INET, SOCK_STREAM, 0);"
            + "bind($s, sockaddr_in(7009, INADDR_LOOPBACK)); listen($s, 5);"
            + "$| = 1; print(\"ready\\n\"); sleep 600";
    hostile = new ProcessBuilder(network.command("perl", "-e", listens)).start();
    assertThat(hostile.inputReader().readLine()).isEqualTo("ready");
  }

  @AfterAll
  void end() throws Exception {
    if (hostile != null) {
      hostile.destroy();
      hostile.waitFor();
    }
    Closing.all(lab, network);
  }

  @BeforeEach
  void open() throws Exception {
    terminal = Tmux.open(COLUMNS, ROWS);
  }

  @AfterEach
  void close() throws Exception {
    if (terminal != null) {
      terminal.close();
    }
  }

  /** Runs a command in the namespace of the trouble. */
  private void run(String command) throws Exception {
    terminal.run(String.join(" ", network.command(CommandRun.SYNOPTIC)) + command);
  }

  /**
   * Draws what is to be seen, if somebody wants pictures, less the shell's first and last lines.
   */
  private void draw(String name, int first, int last) throws Exception {
    if (PICTURES != null) {
      List<String> lines = terminal.colours().stripTrailing().lines().toList();
      Files.writeString(
          RunningAgent.ROOT.resolve(PICTURES).resolve(name),
          TerminalPicture.svg(lines.subList(first, lines.size() - last), COLUMNS, caption()));
    }
  }

  /** What has drawn it, and when. */
  private static String caption() throws Exception {
    Matcher version =
        Pattern.compile("version (\\S+) \\(revision: (\\S+)\\)")
            .matcher(CommandRun.good("--version").output());
    assertThat(version.find()).isTrue();
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    return "Synoptic %s, %s, %s".formatted(version.group(1), version.group(2), today);
  }

  @Test
  void topIsDrivenByKeys() throws Exception {
    terminal.resize(COLUMNS, ROWS / 2);
    run(TOP);
    String first = terminal.await(KEYS);
    assertThat(first).containsPattern(":7005 +17 +16 +100 %").containsPattern(":7006 +20 +128");
    assertThat(first.indexOf(":7005")).as("the fullest first").isLessThan(first.indexOf(":7006"));
    draw("top.svg", 0, 0);

    terminal.press("n");
    terminal.type("/7006");
    terminal.await("(?m)^/7006_");
    assertThat(terminal.awaitGone(":7005 +17")).contains(":7006");
    terminal.press("Enter");
    terminal.press("Enter");
    assertThat(terminal.await("accept queue +20 of 128")).contains("tcplab");
    terminal.press("Escape");
    terminal.await("(?m)^/7006  q quit");
    terminal.press("Escape");
    terminal.await(":7005 +17");

    terminal.press("Space");
    terminal.await("paused");
    terminal.press("Space");
    terminal.awaitGone("paused");
    terminal.press("?");
    terminal.await("choose a row");
    terminal.press("q");
    terminal.await("(?s)synoptic-test\\$ *\n*$");
  }

  @Test
  void topFitsWhateverSizeTheTerminalHas() throws Exception {
    run(TOP);
    terminal.await(KEYS);

    terminal.resize(60, 12);
    String small = terminal.await("(?s)^[^\n]*\n.*:7005.*\nq quit[^\n]*\n*$");
    assertThat(small.lines()).allMatch(line -> line.length() <= 60);

    terminal.resize(150, 40);
    assertThat(terminal.await("(?s)^([^\n]*\n){39}q quit")).contains(":7005", ":7009");
  }

  @ParameterizedTest
  @ValueSource(strings = {"q", "C-c", "TERM", "HUP"})
  void howeverTopEndsTheTerminalIsAsItWas(String way) throws Exception {
    terminal.run("stty -g; echo was-here");
    String before = terminal.await("(?m)^was-here");
    run(TOP);
    terminal.await(KEYS);
    assertThat(terminal.property("alternate_on")).isEqualTo("1");
    assertThat(terminal.property("cursor_flag")).isEqualTo("0");

    if (way.length() < 3 || way.startsWith("C-")) {
      terminal.press(way);
    } else {
      terminal.signal(way);
    }

    terminal.await("(?m)^was-here");
    assertThat(terminal.property("alternate_on")).isEqualTo("0");
    assertThat(terminal.property("cursor_flag")).isEqualTo("1");
    terminal.run("clear; stty -g; echo is-here");
    String after = terminal.await("(?m)^is-here");
    assertThat(settings(after)).isEqualTo(settings(before)).contains(":");
  }

  private static String settings(String screen) {
    return screen.lines().filter(line -> line.matches("[0-9a-f:]{40,}")).findFirst().orElse("");
  }

  @Test
  void aHostileNameIsTextAndNothingElse() throws Exception {
    String title = terminal.property("pane_title");
    run(TOP);
    terminal.await(KEYS);

    assertThat(terminal.screen()).containsPattern(":7009 .*\\?\\]2;evil\\?\\?\\[2J");
    assertThat(terminal.property("pane_title")).isEqualTo(title);
  }

  @Test
  void aDumbTerminalPrintsPlainTables() throws Exception {
    terminal.run("export TERM=dumb");
    run(TOP + " --count=1; echo status $?");

    assertThat(terminal.await("status 0")).containsPattern(":7005 +17 +16");
    assertThat(terminal.property("alternate_on")).isEqualTo("0");
    assertThat(terminal.colours()).doesNotContain("\033[");
  }

  @Test
  void withoutUtf8EverythingIsAscii() throws Exception {
    for (String command : List.of("states", "doctor")) {
      terminal.run("clear; export LC_ALL=C");
      run(" " + command + " --agent=none; echo status $?");
      assertThat(terminal.await("status [0-3]")).matches("[ -~\n]+");
    }
  }

  @Test
  void whoWatchesSeesForHowLong() throws Exception {
    run(" doctor --agent=none --for=3s; echo status $?");
    terminal.await("(?m)^watching: \\d s left");

    assertThat(terminal.await("status [0-3]")).doesNotContain("watching", "reading ...");
  }

  /** Before a JVM has started, and gone when there is something to show. */
  @Test
  void somethingIsToBeSeenAtOnce() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            "script", "-qec", CommandRun.SYNOPTIC + " states --agent=none", "/dev/null");
    builder.environment().put("TERM", "xterm");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).startsWith("reading ...\r\033[K").contains("ESTABLISHED");
  }

  @Test
  void doctorSaysWhatIsWrongInColours() throws Exception {
    terminal.resize(COLUMNS, 2 * ROWS);
    terminal.run("clear; PS1=");
    run(" doctor --agent=none --for=2s; echo status $?");

    String screen = terminal.await("status [0-3]");
    assertThat(screen)
        .contains("status 2")
        .containsPattern("CRITICAL +0.0.0.0:7005|CRITICAL.*:7005");
    assertThat(terminal.colours()).containsPattern("31m(\\033\\[49m)?CRITICAL");
    draw("doctor.svg", 1, 1);
  }
}
