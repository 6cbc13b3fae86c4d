package io.synoptic.agent.command;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which host a command shows, and through what; every command has these. */
public final class HostOptions {
  /** Which network namespaces are shown. */
  enum Netns {
    own,
    all
  }

  @Option(
      names = "--agent",
      paramLabel = "URL",
      description =
          "The running agent to ask, such as https://host:10119. Without it the one at"
              + " http://127.0.0.1:10119 is asked if there is one; with --agent=none, or where there"
              + " is none, this command scans the host itself.")
  @Nullable String agent;

  @Option(
      names = "--agent.ca-file",
      paramLabel = "FILE",
      description = "Certificates, as PEM, that the agent's TLS certificate may be signed by.")
  @Nullable Path caFile;

  @Option(
      names = "--agent.user",
      paramLabel = "NAME",
      description = "The user to log in to the agent as.")
  @Nullable String user;

  @Option(
      names = "--agent.password-file",
      paramLabel = "FILE",
      description = "A file with the user's password in its first line.")
  @Nullable Path passwordFile;

  @Option(
      names = "--netns",
      paramLabel = "NETNS",
      description =
          "Which network namespaces to show: own, or all of the host. Without an agent all takes root"
              + " (default: what the agent has; own without one).")
  @Nullable Netns netns;

  @Option(
      names = "--collector.handshakes",
      description =
          "Without an agent: counts how connections begin and end while this command runs, with a"
              + " BPF program that runs with each of them. Takes root.")
  boolean handshakes;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this help.")
  boolean help;

  /** Whether other namespaces than the own one are asked for. */
  boolean wantsAll() {
    return netns == Netns.all;
  }
}
