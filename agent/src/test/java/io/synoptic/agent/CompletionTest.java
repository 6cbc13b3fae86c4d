package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The completion that the package brings, in a real bash. */
class CompletionTest {
  @TempDir static Path folder;

  @BeforeAll
  static void write() throws Exception {
    run(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        "src/build/Completion.java",
        folder.toString());
  }

  private static List<String> run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said.lines().toList();
  }

  /** What bash offers at the end of each line; compopt works only where a key was pressed. */
  private static List<String> offered(String line) throws Exception {
    return run(
        "bash",
        "-euc",
        ". \"$0\"; compopt() { :; }; COMP_LINE=$1 COMP_POINT=${#1}; _synoptic;"
            + " printf '%s\\n' \"${COMPREPLY[@]}\"",
        folder.resolve("synoptic.bash").toString(),
        line);
  }

  @Test
  void valuesAreOfferedBehindAnEqualsSignAndBehindABlank() throws Exception {
    for (String between : List.of("=", " ", "  ")) {
      assertThat(offered("synoptic --source" + between))
          .containsExactly("auto", "sock_diag", "proc", "bpf");
      assertThat(offered("synoptic --ports.top --source" + between + "au")).containsExactly("auto");
      assertThat(offered("synoptic --log.level" + between + "w")).containsExactly("warn");
      assertThat(offered("synoptic --netns" + between + "a")).containsExactly("all");
      assertThat(offered("synoptic --netns=all --netns.detail" + between + "l"))
          .containsExactly("listeners");
      assertThat(offered("synoptic --path.procfs" + between + "/pro")).containsExactly("/proc");
      assertThat(offered("synoptic --scan.timeout" + between + "1")).containsExactly("");
    }
    assertThat(offered("synoptic --web.config.file=/etc/passw")).contains("/etc/passwd");
  }

  @Test
  void optionsAreOfferedWithTheEqualsSignThatTheyTake() throws Exception {
    assertThat(offered("synoptic --sou")).containsExactly("--source=");
    assertThat(offered("synoptic --source=proc --no-collector.c"))
        .containsExactly("--no-collector.counters");
    assertThat(offered("synoptic "))
        .contains("--help", "--ports.top", "--web.config.file=", "--no-collector.sockets");
  }

  @Test
  void aCommandComesFirstAndHasOptionsOfItsOwn() throws Exception {
    assertThat(offered("synoptic do")).containsExactly("doctor");
    assertThat(offered("synoptic "))
        .contains("serve", "doctor", "top", "snapshot", "states", "help");
    assertThat(offered("synoptic doctor --js")).containsExactly("--json");
    assertThat(offered("synoptic states --js")).containsExactly("");
    assertThat(offered("synoptic top "))
        .contains("--interval=")
        .doesNotContain("doctor", "--ports.top");
    assertThat(offered("synoptic doctor --netns=a")).containsExactly("all");
    assertThat(offered("synoptic serve --ports")).containsExactly("--ports.top");
  }

  @Test
  void itIsAPlainScript() throws Exception {
    assertThat(folder.resolve("synoptic.bash")).exists();
    run("bash", "-n", folder.resolve("synoptic.bash").toString());
    assertThat(Files.readString(folder.resolve("synoptic.bash"))).doesNotContain("picocli");
  }
}
