package io.synoptic.internal.ffi;

import io.synoptic.Source;

/** The error numbers that {@code synoptic.h} names, in words, with what to do about them. */
public final class Errno {
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  static final int EINVAL = 22;
  static final int ENFILE = 23;
  static final int EMFILE = 24;
  static final int ENOSYS = 38;
  static final int EPROTO = 71;
  static final int EBADMSG = 74;
  static final int EMSGSIZE = 90;
  static final int EPROTONOSUPPORT = 93;
  static final int EOPNOTSUPP = 95;
  static final int EAFNOSUPPORT = 97;
  static final int ENOBUFS = 105;
  static final int ETIMEDOUT = 110;
  static final int ECONNREFUSED = 111;

  private static final String PROC_ADVICE =
      "net/tcp and net/tcp6 can't be read: is procfs mounted, and not restricted to processes"
          + " (systemd: ProcSubset)?";

  private static final String BPF_ADVICE =
      "the program can't be run: a seccomp filter or a security module may forbid bpf(2)";

  private Errno() {}

  /** For example {@code sock_diag: EMFILE, raise the limit of open files}. */
  public static String describe(Source source, int errno) {
    return source.label() + ": " + name(errno) + ", " + advice(source, errno);
  }

  private static String name(int errno) {
    return switch (errno) {
      case EPERM -> "EPERM";
      case ENOENT -> "ENOENT";
      case ENOMEM -> "ENOMEM";
      case EACCES -> "EACCES";
      case EINVAL -> "EINVAL";
      case ENFILE -> "ENFILE";
      case EMFILE -> "EMFILE";
      case ENOSYS -> "ENOSYS";
      case EPROTO -> "EPROTO";
      case EBADMSG -> "EBADMSG";
      case EMSGSIZE -> "EMSGSIZE";
      case EPROTONOSUPPORT -> "EPROTONOSUPPORT";
      case EOPNOTSUPP -> "EOPNOTSUPP";
      case EAFNOSUPPORT -> "EAFNOSUPPORT";
      case ENOBUFS -> "ENOBUFS";
      case ETIMEDOUT -> "ETIMEDOUT";
      case ECONNREFUSED -> "ECONNREFUSED";
      default -> "errno " + errno;
    };
  }

  private static String advice(Source source, int errno) {
    return switch (errno) {
      case ENFILE, EMFILE -> "raise the limit of open files (systemd: LimitNOFILE)";
      case ENOMEM, ENOBUFS -> "the kernel is out of memory for sockets";
      case ETIMEDOUT -> "the machine is overloaded, or the timeout too short";
      case EPROTO, EBADMSG, EMSGSIZE ->
          "no Linux kernel answers like this; please report it with uname -a";
      default ->
          switch (source) {
            case PROC -> PROC_ADVICE;
            case BPF -> BPF_ADVICE;
            default -> sockDiagAdvice(errno);
          };
    };
  }

  private static String sockDiagAdvice(int errno) {
    return switch (errno) {
      case EPERM, EACCES, EAFNOSUPPORT ->
          "a seccomp filter or a security module forbids it: allow AF_NETLINK sockets (systemd:"
              + " RestrictAddressFamilies)";
      case ENOENT, EINVAL, ENOSYS, EPROTONOSUPPORT, EOPNOTSUPP, ECONNREFUSED ->
          "this kernel has no sock_diag: load its modules tcp_diag and inet_diag";
      default -> "please report it";
    };
  }
}
