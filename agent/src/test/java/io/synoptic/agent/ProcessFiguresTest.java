package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
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

  @ParameterizedTest
  @MethodSource("failures")
  void aJvmThatCantReadItselfFailsNoStart(Throwable failure) {
    assertThatCode(
            () ->
                ProcessFigures.optional(
                    () -> {
                      if (failure instanceof Error error) {
                        throw error;
                      }
                      throw (RuntimeException) failure;
                    }))
        .doesNotThrowAnyException();
  }

  @Test
  void theFiguresAreThereWhereTheJvmCanReadItself() {
    PrometheusRegistry registry = new PrometheusRegistry();
    ProcessFigures.register(registry);

    assertThat(registry.scrape().stream().map(metric -> metric.getMetadata().getName()))
        .contains("process_cpu_seconds", "process_open_fds");
  }
}
