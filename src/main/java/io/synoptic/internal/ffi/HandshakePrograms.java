package io.synoptic.internal.ffi;

import io.synoptic.SourceReason;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The BPF programs that count handshakes, which {@code synoptic-launcher} has attached and left to
 * this process, as its environment says.
 *
 * @param map the descriptor of the map that they count in
 * @param events that of the program that counts
 * @param forget that of the one that removes entries
 */
public record HandshakePrograms(int map, int events, int forget) {
  private static final Pattern DESCRIPTORS =
      Pattern.compile("([0-9]{1,9}),([0-9]{1,9}),([0-9]{1,9})");

  /** The programs, if there are any. */
  public static Optional<HandshakePrograms> in(Map<String, String> environment) {
    Matcher descriptors = DESCRIPTORS.matcher(environment.getOrDefault("SYNOPTIC_HANDSHAKES", ""));
    return descriptors.matches()
        ? Optional.of(
            new HandshakePrograms(
                Integer.parseInt(descriptors.group(1)),
                Integer.parseInt(descriptors.group(2)),
                Integer.parseInt(descriptors.group(3))))
        : Optional.empty();
  }

  /** Why there are none. */
  public static SourceReason missing(Map<String, String> environment) {
    return BpfProgram.reason(environment.getOrDefault("SYNOPTIC_HANDSHAKES_FAILURE", ""));
  }

  /** What to do about it. */
  public static String advice(SourceReason missing) {
    return "handshakes are not counted: "
        + switch (missing) {
          case NOT_LOADED ->
              "the programs are not loaded: start synoptic, not the jar, or the launcher with"
                  + " --bpf and --handshakes";
          case NOT_BUILT ->
              "this build has no programs: build with clang and libbpf-dev, or take the package";
          case UNSUPPORTED ->
              "this kernel can't run the programs: Linux 6.2, BTF and tracepoints are needed";
          case FORBIDDEN ->
              "attaching the programs takes CAP_BPF and CAP_PERFMON, or root, and a seccomp profile"
                  + " that allows bpf(2)";
          case VERIFIER -> "the kernel has refused the programs: please report its log, above";
          default -> "the programs could not be attached";
        };
  }
}
