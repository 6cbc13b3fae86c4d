import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Writes {@code synoptic.bash}, the completion of the agent's options, with their values behind a
 * blank or {@code =}: picocli's own knows the blank alone. Usage: {@code java -cp … Completion.java
 * DIR}.
 */
public final class Completion {
  private static final String SCRIPT =
      """
      # Completion of synoptic's options for bash.

      _synoptic() {
        # As typed: bash itself takes --source=a for three words.
        local line=${COMP_LINE:0:COMP_POINT}
        local word=${line##*[[:space:]]}
        local before=${line%"$word"}
        before=${before%"${before##*[![:space:]]}"}
        local option=${before##*[[:space:]]} value=$word prefix=
        if [[ $word == --*=* ]]; then
          option=${word%%=*}
          value=${word#*=}
          # What is completed is the value alone, unless bash was set not to split at =.
          [[ $COMP_WORDBREAKS == *=* ]] || prefix=$option=
        elif [[ $word == -* ]]; then
          option=
        fi
        COMPREPLY=()
        case $option in
      VALUES  *)
          if [[ $word == -* || -z $word ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'OPTIONS' -- "$word")
            [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
          fi
          return
          ;;
        esac
        COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
      }

      complete -F _synoptic synoptic
      """;

  public static void main(String[] args) throws Exception {
    Path folder = Files.createDirectories(Path.of(args[0]));
    StringBuilder values = new StringBuilder();
    List<String> options = new ArrayList<>();
    List<String> free = new ArrayList<>();
    for (OptionSpec option : commandLine().getCommandSpec().options()) {
      boolean flag = option.arity().max() == 0;
      for (String name : option.names()) {
        options.add(flag ? name : name + "=");
        if (option.negatable()) {
          options.add(name.replaceFirst("^--", "--no-"));
        }
      }
      String completed = flag ? "" : values(option);
      if (!completed.isEmpty()) {
        values.append("  %s)\n    %s\n    ;;\n".formatted(option.longestName(), completed));
      } else if (!flag) {
        free.add(option.longestName());
      }
    }
    values.append("  %s) ;;\n".formatted(String.join(" | ", free)));
    Files.writeString(
        folder.resolve("synoptic.bash"),
        SCRIPT.replace("VALUES", values).replace("OPTIONS", String.join(" ", options)));
  }

  /** What completes an option's value; nothing where anything may be written. */
  private static String values(OptionSpec option) {
    String compgen;
    if (option.completionCandidates() != null) {
      compgen = "-W '" + String.join(" ", option.completionCandidates()) + "'";
    } else if (option.type() == Path.class) {
      compgen = option.longestName().startsWith("--path.") ? "-d" : "-f";
    } else {
      return "";
    }
    String files = compgen.startsWith("-W") ? "" : "compopt -o filenames\n    ";
    return files + "mapfile -t COMPREPLY < <(compgen " + compgen + " -- \"$value\")";
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
