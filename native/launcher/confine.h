/* confine.h - takes away the system calls that could pass on what the program was given. */
#ifndef CONFINE_H
#define CONFINE_H

/*
 * A seccomp filter for good, on this process and all that it starts. Of bpf(2) it leaves
 * BPF_PROG_TEST_RUN, which a scan is made with, and BPF_MAP_LOOKUP_BATCH, which reads what handshakes
 * counted. With EPERM it refuses:
 *
 *   every other command of bpf(2), so that a program can't be attached, pinned or asked for, and no
 *   map written
 *   ptrace, process_vm_readv and _writev, pidfd_getfd, kcmp: the memory and descriptors of others
 *   sendmsg and sendmmsg, which pass descriptors to others
 *   io_uring, which does most of this past a filter
 *   perf_event_open and userfaultfd: what a program runs on, and how long
 *   all calls of another architecture (i386, x32), which have other numbers
 *
 * It takes no_new_privs or CAP_SYS_ADMIN. Returns 0, or -errno and in `what` the call that failed.
 */
int confine(const char **what);

/* How a folder and a file are opened under the filter below. */
#define CONFINE_FOLDER (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define CONFINE_FILE (O_RDONLY | O_CLOEXEC)

/*
 * A filter that leaves openat as above, getdents64, readlinkat, read, close, exit_group, and write to the
 * descriptor `out`; any other call ends the process. Returns as above.
 */
int confine_to_reading(int out, const char **what);

#endif
