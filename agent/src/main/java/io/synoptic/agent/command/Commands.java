package io.synoptic.agent.command;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The commands by name. Only the one that was asked for is loaded. */
public final class Commands {
  /** What a command runs with. */
  private record Entry(String name, Supplier<HostCommand> command) {}

  private static final List<Entry> ALL =
      List.of(
          new Entry("doctor", Doctor::new),
          new Entry("top", Top::new),
          new Entry("snapshot", Snapshot::new),
          new Entry("states", States::new));

  private static final int FAILED = 1;

  private Commands() {}

  /** Whether a first argument names a command. */
  public static boolean has(String name) {
    return ALL.stream().anyMatch(entry -> entry.name.equals(name));
  }

  /** Adds every command to the command line of the agent. */
  public static CommandLine addTo(CommandLine commandLine) {
    ALL.forEach(entry -> commandLine.addSubcommand(entry.name, entry.command.get()));
    return commandLine;
  }

  /**
   * Runs one.
   *
   * @param arguments its name and its options
   * @param metrics writes what a scrape would show
   * @return the exit status
   */
  public static int run(String[] arguments, MetricsWriter metrics) {
    // What the library logs, findings and notes say.
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
    HostCommand command = command(arguments[0]);
    CommandLine commandLine = new CommandLine(command);
    Map<String, String> environment = System.getenv();
    Console console = Console.standard();
    try {
      commandLine.parseArgs(Arrays.copyOfRange(arguments, 1, arguments.length));
      if (command.host.help) {
        console.print(HelpText.of(commandLine.getCommandSpec(), console.width()));
        return 0;
      }
      command.check();
    } catch (ParameterException e) {
      return fail(console, BadOption.message(e), command.misused());
    } catch (UnavailableException e) {
      return fail(console, e.line(), command.misused());
    }
    try {
      return command.run(console, metrics, environment);
    } catch (UnavailableException e) {
      return fail(console, e.line(), command.failed());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return command.failed();
    } catch (IOException | RuntimeException e) {
      return fail(console, "it could not be shown: " + e, command.failed());
    }
  }

  /**
   * Prints the help of a command.
   *
   * @return the exit status
   */
  public static int help(String name) {
    CommandSpec command = new CommandLine(command(name)).getCommandSpec();
    Console console = Console.standard();
    console.print(HelpText.of(command, console.width()));
    return 0;
  }

  private static HostCommand command(String name) {
    return ALL.stream()
        .filter(entry -> entry.name.equals(name))
        .findFirst()
        .orElseThrow()
        .command
        .get();
  }

  private static int fail(Console console, String message, int status) {
    console.clearProgress();
    System.err.println("synoptic: " + Printable.of(message));
    return status == 0 ? FAILED : status;
  }
}
