package io.synoptic.example;

import io.synoptic.micrometer.SocketMetrics;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** A Spring Boot application whose {@code /actuator/prometheus} counts the host's TCP sockets. */
@SpringBootApplication(proxyBeanMethods = false)
public class ExampleApplication {
  /** Starts the application. */
  public static void main(String[] arguments) {
    SpringApplication.run(ExampleApplication.class, arguments);
  }

  /** Spring Boot binds it to its registry, and closes it at the end. */
  @Bean
  SocketMetrics socketMetrics() {
    return new SocketMetrics();
  }
}
