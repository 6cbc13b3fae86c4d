package io.synoptic.agent;

import io.synoptic.Collector;
import io.synoptic.ScanReport;
import io.synoptic.agent.Exposition.Format;
import io.synoptic.agent.ReportCollector.Family;
import io.synoptic.agent.command.BadOption;
import io.synoptic.agent.command.Commands;
import io.synoptic.agent.command.HelpText;
import io.synoptic.agent.web.AddressUnavailableException;
import io.synoptic.agent.web.InvalidInputException;
import io.synoptic.catalogue.MetricCatalogue;
import io.synoptic.internal.ffi.DaemonProcess;
import io.synoptic.internal.procfs.Messages;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The entry of the daemon and of the commands: the command line in, an exit status out. */
public final class Main {
  private static final int MAY_PASS = 1;
  private static final int INVALID_INPUT = 2;

  /** The command that needs no name. */
  private static final String SERVE = "serve";

  private Main() {}

  /**
   * Runs the agent until it is stopped, or a command.
   *
   * <p>Exits with 0 after {@code --help}, {@code --version} or SIGTERM, with 2 on input that can't
   * be used, with 1 when something else fails, which may pass: an address that is not there yet.
   */
  public static void main(String[] args) {
    // Java 24 and later warn when jffi touches memory through sun.misc.Unsafe; it needs not.
    System.setProperty("jffi.unsafe.disabled", "true");
    String first = args.length == 0 ? "" : args[0];
    if (Commands.has(first)) {
      System.exit(Commands.run(args, Main::writeMetrics));
    }
    if (first.equals("help")) {
      help(args);
    } else {
      serve(first.equals(SERVE) ? Arrays.copyOfRange(args, 1, args.length) : args);
    }
  }

  /** Every option and command, for what is generated from them. */
  static CommandLine commandLine() {
    return Commands.addTo(new Options().commandLine());
  }

  private static void help(String[] args) {
    String of = args.length > 1 ? args[1] : SERVE;
    if (args.length > 2 || !(of.equals(SERVE) || Commands.has(of))) {
      refuse("there is no such command: synoptic help lists them");
    } else if (of.equals(SERVE)) {
      printHelp();
    } else {
      System.exit(Commands.help(of));
    }
  }

  private static void printHelp() {
    CommandLine commandLine = commandLine();
    int width = commandLine.getCommandSpec().usageMessage().width();
    System.out.print(HelpText.of(commandLine.getCommandSpec(), width));
  }

  private static void writeMetrics(ScanReport report, OutputStream to) throws IOException {
    List<Family> families =
        new ArrayList<>(
            new CatalogueCollector(MetricCatalogue.families())
                .families(report, EnumSet.allOf(Collector.class)));
    families.sort(Comparator.comparing(Family::name));
    new ExpositionWriter().write(families, Format.TEXT, to);
  }

  private static void serve(String[] args) {
    Options options = new Options();
    CommandLine commandLine = options.commandLine();
    try {
      commandLine.parseArgs(args);
      if (options.help) {
        printHelp();
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
