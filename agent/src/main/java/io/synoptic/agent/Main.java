package io.synoptic.agent;

import io.synoptic.agent.web.InvalidInputException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The daemon's entry: the command line in, an exit status out. */
public final class Main {
  private static final int INVALID_INPUT = 2;

  private Main() {}

  /**
   * Runs the agent until it is told to stop.
   *
   * <p>Exits with 0 after {@code --help}, {@code --version} or SIGTERM, with 2 on input that can't
   * be used, with 1 when something else fails.
   */
  public static void main(String[] args) {
    // Java 24 and later warn when jffi touches memory through sun.misc.Unsafe; it needs not.
    System.setProperty("jffi.unsafe.disabled", "true");
    Options options = new Options();
    CommandLine commandLine = options.commandLine();
    try {
      commandLine.parseArgs(args);
      if (options.help) {
        commandLine.usage(System.out);
        return;
      }
      if (options.version) {
        commandLine.printVersionHelp(System.out);
        return;
      }
      options.check();
      System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", options.logLevel.name());
      run(options);
    } catch (ParameterException e) {
      refuse(e.getMessage() + " (--help lists the options)");
    } catch (InvalidInputException e) {
      refuse(e.getMessage());
    } catch (UnsatisfiedLinkError e) {
      fail(e.getMessage(), 1);
    }
  }

  private static void run(Options options) throws InvalidInputException {
    AtomicReference<Agent> agent = new AtomicReference<>();
    Thread stop =
        new Thread(
            () -> {
              Optional.ofNullable(agent.get()).ifPresent(Agent::close);
              // The JVM would answer SIGTERM with 143, a failure to most supervisors.
              Runtime.getRuntime().halt(0);
            },
            "synoptic-stop");
    Runtime.getRuntime().addShutdownHook(stop);
    try {
      agent.set(Agent.start(options));
    } finally {
      if (agent.get() == null) {
        Runtime.getRuntime().removeShutdownHook(stop); // it ends with the status of its failure
      }
    }
    System.out.println("Synoptic answers at " + agent.get().url());
    try {
      new CountDownLatch(1).await(); // until the process ends
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void refuse(String message) {
    fail(message, INVALID_INPUT);
  }

  private static void fail(String message, int status) {
    System.err.println("synoptic: " + message.replace('\n', ' '));
    System.exit(status);
  }
}
