package io.synoptic.agent.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SparingLogTest {
  private long now;

  private List<String> logged(Runnable task) {
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      task.run();
    } finally {
      System.setErr(before);
    }
    return log.toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.contains("ERROR"))
        .map(line -> line.replaceFirst(".*SparingLogTest ", ""))
        .toList();
  }

  @Test
  void aLineOfAKindComesOnceAMinuteWithTheNumberOfThoseLeftOut() {
    SparingLog log = new SparingLog(LoggerFactory.getLogger(SparingLogTest.class), () -> now);

    List<String> lines =
        logged(
            () -> {
              for (int second = 0; second < 150; second++) {
                now = TimeUnit.SECONDS.toNanos(second);
                log.error("a request could not be answered", new IllegalStateException());
              }
            });

    assertThat(lines)
        .containsExactly(
            "- a request could not be answered",
            "- a request could not be answered (59 more like it since the last such line)",
            "- a request could not be answered (59 more like it since the last such line)");
  }

  @Test
  void anotherKindDoesNotWait() {
    SparingLog log = new SparingLog(LoggerFactory.getLogger(SparingLogTest.class), () -> now);

    assertThat(
            logged(
                () -> {
                  log.error("one", new IllegalStateException());
                  log.error("one", new IllegalArgumentException());
                  log.error("another", new IllegalStateException());
                  log.error("another", new IllegalStateException());
                }))
        .hasSize(3);
  }
}
