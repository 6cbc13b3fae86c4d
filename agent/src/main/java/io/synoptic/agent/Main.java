package io.synoptic.agent;

import io.synoptic.agent.web.AddressUnavailableException;
import io.synoptic.agent.web.InvalidInputException;
import io.synoptic.internal.ffi.DaemonProcess;
import io.synoptic.internal.procfs.Messages;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The daemon's entry: the command line in, an exit status out. */
public final class Main {
  private static final int MAY_PASS = 1;
  private static final int INVALID_INPUT = 2;

  private Main() {}

  /**
   * Runs the agent until it is stopped.
   *
   * <p>Exits with 0 after {@code --help}, {@code --version} or SIGTERM, with 2 on input that can't
   * be used, with 1 when something else fails, which may pass: an address that is not there yet.
   */
  public static void main(String[] args) {
    // Java 24 and later warn when jffi touches memory through sun.misc.Unsafe; it needs not.
    System.setProperty("jffi.unsafe.disabled", "true");
    Options options = new Options();
    CommandLine commandLine = options.commandLine();
    try {
      commandLine.parseArgs(args);
      if (options.help) {
        int width = commandLine.getCommandSpec().usageMessage().width();
        System.out.print(HelpText.of(commandLine.getCommandSpec(), width));
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
      refuse(BadOption.message(e));
    } catch (InvalidInputException e) {
      refuse(e.getMessage());
    } catch (AddressUnavailableException | UnsatisfiedLinkError e) {
      fail(Messages.of(e), MAY_PASS);
    }
  }

  private static void run(Options options)
      throws InvalidInputException, AddressUnavailableException {
    DaemonProcess.protect();
    AtomicReference<Agent> agent = new AtomicReference<>();
    Thread stop = new Thread(() -> stopOnSignal(agent), "synoptic-stop");
    stop.setDaemon(true);
    stop.start();
    agent.set(Agent.start(options));
    System.out.println("Synoptic answers at " + agent.get().url());
    try {
      new CountDownLatch(1).await(); // until the process ends
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** On a thread that waits from the start: later there may be none to be had. */
  private static void stopOnSignal(AtomicReference<Agent> agent) {
    DaemonProcess.awaitStop();
    try {
      Optional.ofNullable(agent.get()).ifPresent(Agent::close);
    } finally {
      // The JVM would answer SIGTERM with 143, a failure to most supervisors.
      Runtime.getRuntime().halt(0);
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
