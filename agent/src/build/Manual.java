import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/**
 * Writes the sources of the manual pages: {@code synoptic.adoc}, of the agent's options, and one of
 * each command, such as {@code synoptic-doctor.adoc}. Usage: {@code java -cp … Manual.java DIR}.
 */
public final class Manual {
  public static void main(String[] args) throws Exception {
    Path folder = Files.createDirectories(Path.of(args[0]));
    CommandLine agent = commandLine();
    List<CommandLine> commands = List.copyOf(agent.getSubcommands().values());
    List<String> names = List.copyOf(agent.getSubcommands().keySet());
    for (CommandLine command : commands) {
      write(folder, command.getCommandSpec(), "*synoptic*(1), *ss*(8)");
    }
    // Its own page has its options, and names the others.
    names.forEach(agent.getCommandSpec()::removeSubcommand);
    write(
        folder,
        agent.getCommandSpec(),
        names.stream().map(name -> "*synoptic-" + name + "*(1)").collect(Collectors.joining(", ")));
  }

  private static void write(Path folder, CommandSpec command, String seeAlso) throws Exception {
    UsageMessageSpec texts = command.usageMessage();
    String[] examples = texts.footer();
    texts.footer(new String[0]).footerHeading("");
    int status =
        ManPageGenerator.generateManPage(folder.toFile(), null, new boolean[0], true, command);
    if (status != 0) {
      throw new IllegalStateException("no manual page: " + status);
    }
    append(folder.resolve(command.qualifiedName("-") + ".adoc"), examples(examples, seeAlso));
  }

  /** A command line, and what it does, by turns. */
  private static String examples(String[] examples, String seeAlso) {
    StringBuilder section = new StringBuilder("== Examples\n");
    for (int i = 0; i < examples.length; i += 2) {
      section.append("\n*pass:c[").append(examples[i].replace("]", "\\]")).append("]*::\n  ");
      section.append(examples[i + 1]).append('\n');
    }
    return section.append("\n== See also\n\n").append(seeAlso).append('\n').toString();
  }

  /** Inside the page, before its last mark. */
  private static void append(Path page, String section) throws IOException {
    String text = Files.readString(page);
    int end = text.lastIndexOf("// end::picocli-generated-full-manpage[]");
    Files.writeString(page, text.substring(0, end) + section + "\n" + text.substring(end));
  }

  /** Of the agent's options and commands, which are no API: hence by name. */
  private static CommandLine commandLine() throws ReflectiveOperationException {
    Method commandLine = Class.forName("io.synoptic.agent.Main").getDeclaredMethod("commandLine");
    commandLine.setAccessible(true);
    return (CommandLine) commandLine.invoke(null);
  }
}
