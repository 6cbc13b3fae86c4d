package io.synoptic.internal.ffi;

import io.synoptic.SourceReason;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The BPF program that {@code synoptic-launcher} has loaded and left to this process, as its
 * environment says.
 *
 * @param program its descriptor
 * @param records that of its map
 */
public record BpfProgram(int program, int records) {
  private static final Pattern DESCRIPTORS = Pattern.compile("([0-9]{1,9}),([0-9]{1,9})");

  /** The program, if there is one. */
  public static Optional<BpfProgram> in(Map<String, String> environment) {
    Matcher descriptors = DESCRIPTORS.matcher(environment.getOrDefault("SYNOPTIC_BPF", ""));
    return descriptors.matches()
        ? Optional.of(
            new BpfProgram(
                Integer.parseInt(descriptors.group(1)), Integer.parseInt(descriptors.group(2))))
        : Optional.empty();
  }

  /** Why there is no program. */
  public static SourceReason missing(Map<String, String> environment) {
    return reason(environment.getOrDefault("SYNOPTIC_BPF_FAILURE", ""));
  }

  /** What the launcher's word for a failure means. */
  static SourceReason reason(String failure) {
    return switch (failure) {
      case "" -> SourceReason.NOT_LOADED;
      case "build" -> SourceReason.NOT_BUILT;
      case "kernel" -> SourceReason.UNSUPPORTED;
      case "permission" -> SourceReason.FORBIDDEN;
      case "verifier" -> SourceReason.VERIFIER;
      default -> SourceReason.ERROR;
    };
  }

  /** What to do about it. */
  public static String advice(SourceReason missing) {
    return "bpf: "
        + switch (missing) {
          case NOT_LOADED -> "the program is not loaded: start synoptic, not the jar";
          case NOT_BUILT ->
              "this build has no program: build with clang and libbpf-dev, or take the package";
          case UNSUPPORTED -> "this kernel can't run the program: Linux 6.2 and BTF are needed";
          case FORBIDDEN ->
              "loading the program takes CAP_BPF and CAP_PERFMON, or root, and a seccomp profile that"
                  + " allows bpf(2)";
          case VERIFIER -> "the kernel has refused the program: please report its log, above";
          default -> "the program could not be loaded";
        };
  }
}
