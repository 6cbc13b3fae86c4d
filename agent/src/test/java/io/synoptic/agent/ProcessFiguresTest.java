package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProcessFiguresTest {
  /** What a JVM throws that can't read itself, the first time and later. */
  static Stream<Throwable> failures() {
    return Stream.of(
        new NullPointerException(),
        new IllegalStateException("no cgroup"),
        new ExceptionInInitializerError(new NullPointerException()),
        new NoClassDefFoundError("Could not initialize class jdk.internal.platform.Container"));
  }

  private static void fail(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) failure;
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aJvmThatCantReadItselfFailsNoStartAndIsLogged(Throwable failure) {
    PrintStream before = System.err;
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    System.setErr(new PrintStream(errors, true, UTF_8));
    try {
      ProcessFigures.optional(() -> fail(failure));
    } finally {
      System.setErr(before);
    }

    assertThat(errors.toString(UTF_8)).hasLineCount(1).contains("process_", failure.toString());
  }

  @Test
  void theFiguresAreThereWhereTheJvmCanReadItself() {
    PrometheusRegistry registry = new PrometheusRegistry();
    ProcessFigures.register(registry);

    assertThat(registry.scrape().stream().map(metric -> metric.getMetadata().getName()))
        .contains("process_cpu_seconds", "process_open_fds");
  }
}
