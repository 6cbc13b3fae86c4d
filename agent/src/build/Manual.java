import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/**
 * Writes {@code synoptic.adoc}, the manual page's source, of the agent's options. Usage: {@code
 * java -cp … Manual.java DIR}.
 */
public final class Manual {
  public static void main(String[] args) throws Exception {
    Path folder = Files.createDirectories(Path.of(args[0]));
    CommandLine commandLine = commandLine();
    int status =
        ManPageGenerator.generateManPage(
            folder.toFile(), null, new boolean[0], true, commandLine.getCommandSpec());
    if (status != 0) {
      throw new IllegalStateException("no manual page: " + status);
    }
  }

  /** Of the agent's options, which are no API: hence by name. */
  private static CommandLine commandLine() throws ReflectiveOperationException {
    Constructor<?> options = Class.forName("io.synoptic.agent.Options").getDeclaredConstructor();
    Method commandLine = options.getDeclaringClass().getDeclaredMethod("commandLine");
    options.setAccessible(true);
    commandLine.setAccessible(true);
    return (CommandLine) commandLine.invoke(options.newInstance());
  }
}
