package io.synoptic.agent.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What to say of a command line that can't be used, in place of picocli's words, which repeat
 * whatever was written. A value is repeated only if it has the look of an option's value: short,
 * and no hash, key or passphrase. That of an option which doesn't exist may be anything.
 */
public final class BadOption {
  private static final String HELP = " (--help lists the options)";
  private static final Pattern NAME = Pattern.compile("-[A-Za-z]|--[a-z][a-z0-9.-]{0,40}");
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9.,:%/_*?\\[\\]@+-]{0,40}");

  private BadOption() {}

  /** One line: which option, what was written if that may be shown, and what to write. */
  public static String message(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched) {
      return unmatched(unmatched.getUnmatched().get(0)) + HELP;
    }
    Optional<OptionSpec> option = option(e);
    if (option.isEmpty()) {
      return "the options can't be read" + HELP;
    }
    String name = option.get().longestName();
    if (e instanceof MissingParameterException) {
      return name + " needs a value: write " + name + "=" + option.get().paramLabel() + HELP;
    }
    if (e instanceof OverwrittenOptionException) {
      return name + " is there twice: write it once";
    }
    return written(name, e.getValue()) + ": " + advice(option.get(), e);
  }

  private static Optional<OptionSpec> option(ParameterException e) {
    ArgSpec argument = e.getArgSpec();
    if (e instanceof MissingParameterException missing && !missing.getMissing().isEmpty()) {
      argument = missing.getMissing().get(0);
    }
    if (e instanceof OverwrittenOptionException overwritten) {
      argument = overwritten.getOverwritten();
    }
    return argument instanceof OptionSpec option ? Optional.of(option) : Optional.empty();
  }

  private static String unmatched(String argument) {
    if (Commands.has(argument)) {
      return "a command comes first: write synoptic " + argument + " and then its options";
    }
    String name = argument.split("=", 2)[0];
    return NAME.matcher(name).matches()
        ? name + " is no option"
        : "there is an argument that is no option: write --NAME or --NAME=VALUE";
  }

  /** An option as it was written, or its name alone if the value may be a secret. */
  public static String written(String name, String value) {
    return value == null || !PLAIN.matcher(value).matches() ? name : name + "=" + value;
  }

  private static String advice(OptionSpec option, ParameterException e) {
    if (e.getCause() instanceof TypeConversionException advice && option.converters().length > 0) {
      return String.valueOf(advice.getMessage());
    }
    if (option.type().isEnum()) {
      List<String> names = new ArrayList<>();
      option.completionCandidates().forEach(names::add);
      return "write " + String.join(", ", names);
    }
    return option.arity().max() == 0 ? "it takes no value" : "write " + option.paramLabel() + HELP;
  }
}
