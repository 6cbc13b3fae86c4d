import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Writes {@code synoptic.bash}, the completion of the commands and their options, with their values
 * behind a blank or {@code =}: picocli's own knows the blank alone. Usage: {@code java -cp …
 * Completion.java DIR}.
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
        local words options
        read -ra words <<<"$before"
        case ${words[1]-} in
      COMMANDS  *) options='OPTIONS' ;;
        esac
        # The command comes first.
        [[ ${#words[@]} -ne 1 ]] || options="NAMES $options"
        case $option in
      VALUES  *)
          if [[ $word == -* || -z $word || ${#words[@]} -eq 1 ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
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
    CommandLine agent = commandLine();
    StringBuilder commands = new StringBuilder();
    Map<String, String> values = new LinkedHashMap<>();
    Set<String> free = new LinkedHashSet<>();
    addValues(agent, values, free);
    agent
        .getSubcommands()
        .forEach(
            (name, command) -> {
              addValues(command, values, free);
              commands.append("  %s) options='%s' ;;\n".formatted(name, options(command)));
            });
    StringBuilder cases = new StringBuilder();
    values.forEach((name, value) -> cases.append("  %s)\n    %s\n    ;;\n".formatted(name, value)));
    cases.append("  %s) ;;\n".formatted(String.join(" | ", free)));
    Files.writeString(
        folder.resolve("synoptic.bash"),
        SCRIPT
            .replace("COMMANDS", commands)
            .replace(
                "NAMES", "serve " + String.join(" ", agent.getSubcommands().keySet()) + " help")
            .replace("VALUES", cases)
            .replace("OPTIONS", options(agent)));
  }

  private static String options(CommandLine command) {
    List<String> options = new ArrayList<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      for (String name : option.names()) {
        options.add(option.arity().max() == 0 ? name : name + "=");
        if (option.negatable()) {
          options.add(name.replaceFirst("^--", "--no-"));
        }
      }
    }
    return String.join(" ", options);
  }

  private static void addValues(CommandLine command, Map<String, String> values, Set<String> free) {
    for (OptionSpec option : command.getCommandSpec().options()) {
      String completed = option.arity().max() == 0 ? "" : values(option);
      if (!completed.isEmpty()) {
        values.putIfAbsent(option.longestName(), completed);
      } else if (option.arity().max() > 0) {
        free.add(option.longestName());
      }
    }
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

  /** Of the agent's options and commands, which are no API: hence by name. */
  private static CommandLine commandLine() throws ReflectiveOperationException {
    Method commandLine = Class.forName("io.synoptic.agent.Main").getDeclaredMethod("commandLine");
    commandLine.setAccessible(true);
    return (CommandLine) commandLine.invoke(null);
  }
}
