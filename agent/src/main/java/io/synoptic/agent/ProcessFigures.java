package io.synoptic.agent;

import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The agent's own {@code process_…} metrics, without which it does its work all the same. */
final class ProcessFigures {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessFigures.class);

  private ProcessFigures() {}

  /**
   * Registers them if the JVM has what they read. Its detection of containers throws where cgroups
   * are not as it expects, a cgroup namespace over hierarchies of version 1 for one.
   */
  static void register(PrometheusRegistry registry) {
    optional(() -> ProcessMetrics.builder().register(registry));
  }

  /** Does what must not make a start fail. */
  static void optional(Runnable registration) {
    try {
      registration.run();
    } catch (RuntimeException | LinkageError e) {
      LOG.warn("process_… metrics are absent, for the JVM can't read itself: {}", e.toString());
    }
  }
}
