package io.synoptic.internal.owners;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketHoldersTest {
  private final ByteArrayOutputStream asked = new ByteArrayOutputStream();

  private SocketHolders answering(String answers) {
    return new SocketHolders(asked, new ByteArrayInputStream(answers.getBytes(UTF_8)));
  }

  private static List<String> answer(SocketHolders holders) throws IOException {
    List<String> found = new ArrayList<>();
    holders.ask((inode, pid, name) -> found.add(inode + " of " + pid + " " + name));
    return found;
  }

  @Test
  void anAnswerIsALineForEachSocket() throws IOException {
    assertThat(answer(answering("17 4 nginx: worker\n18 5 é\n\n")))
        .containsExactly("17 of 4 nginx: worker", "18 of 5 é");
    assertThat(answer(answering("\n"))).isEmpty();
    assertThat(asked.toString(UTF_8)).isEqualTo("??");
  }

  @Test
  void linesThatAreNoneAreLeftOut() throws IOException {
    assertThat(answer(answering("17\n-1 4 a\n99999999999999999999 1 b\n18 4 c\n\n")))
        .containsExactly("18 of 4 c");
  }

  @Test
  void anAnswerThatBreaksOffIsNone() {
    assertThatThrownBy(() -> answer(answering("17 4 nginx\n"))).isInstanceOf(IOException.class);
  }

  @Test
  void ofSeveralProcessesTheLowestIsNamedAndInitIfThereIsNoOther(@TempDir Path procfs) {
    String answer = "17 1 systemd\n18 1 systemd\n17 300 nginx\n17 301 nginx worker\n\n";
    ListenerProcesses processes = new ListenerProcesses(procfs, Optional.of(answering(answer)));
    processes.of(17);
    processes.of(18);
    processes.search(Duration.ofMillis(1));

    assertThat(processes.of(17)).isEqualTo("nginx");
    assertThat(processes.of(18)).isEqualTo("systemd");
  }

  @Test
  void whatTheEnvironmentDoesNotHaveIsNotUsed() {
    assertThat(SocketHolders.of(Map.of())).isEmpty();
    for (String wrong : List.of("", "1", "a,b", "1,2,3", "-1,2", "../x,1", "999999,999998")) {
      assertThat(SocketHolders.of(Map.of("SYNOPTIC_PROCESSES", wrong))).as(wrong).isEmpty();
    }
  }
}
