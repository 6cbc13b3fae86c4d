package io.synoptic;

import java.util.Map;

/** The error numbers that {@code synoptic.h} names, in words, with what to do about them. */
final class Errno {
  private record Meaning(String name, String advice) {}

  private static final String FORBIDDEN =
      "a seccomp filter or a security module forbids it: allow AF_NETLINK sockets"
          + " (systemd: RestrictAddressFamilies, containers: the seccomp profile)";
  private static final String ABSENT =
      "this kernel, or what stands in for it, has no sock_diag: load the modules tcp_diag and"
          + " inet_diag, or allow AF_NETLINK";
  private static final String DESCRIPTORS = "raise the limit of open files (systemd: LimitNOFILE)";
  private static final String MEMORY = "the kernel is out of memory for sockets";
  private static final String STRANGE =
      "what answers is no Linux kernel we know: please report it with the output of uname -a";

  private static final Map<Integer, Meaning> MEANINGS =
      Map.ofEntries(
          Map.entry(1, new Meaning("EPERM", FORBIDDEN)),
          Map.entry(2, new Meaning("ENOENT", ABSENT)),
          Map.entry(12, new Meaning("ENOMEM", MEMORY)),
          Map.entry(13, new Meaning("EACCES", FORBIDDEN)),
          Map.entry(22, new Meaning("EINVAL", ABSENT)),
          Map.entry(23, new Meaning("ENFILE", DESCRIPTORS)),
          Map.entry(24, new Meaning("EMFILE", DESCRIPTORS)),
          Map.entry(71, new Meaning("EPROTO", STRANGE)),
          Map.entry(74, new Meaning("EBADMSG", STRANGE)),
          Map.entry(90, new Meaning("EMSGSIZE", STRANGE)),
          Map.entry(93, new Meaning("EPROTONOSUPPORT", ABSENT)),
          Map.entry(95, new Meaning("EOPNOTSUPP", ABSENT)),
          Map.entry(97, new Meaning("EAFNOSUPPORT", FORBIDDEN)),
          Map.entry(105, new Meaning("ENOBUFS", MEMORY)),
          Map.entry(
              110,
              new Meaning("ETIMEDOUT", "the machine is overloaded, or the timeout too short")));

  private Errno() {}

  /** For example {@code EMFILE: raise the limit of open files (systemd: LimitNOFILE)}. */
  static String describe(int errno) {
    Meaning meaning = MEANINGS.get(errno);
    return meaning == null ? "errno " + errno : meaning.name + ": " + meaning.advice;
  }
}
