/* processes.h - a child that names the processes which hold sockets, for who may not look himself. */
#ifndef PROCESSES_H
#define PROCESSES_H

#include <sys/types.h>

/* A child, and the ends of two pipes: a question is a byte to the first, the answer comes from the second. */
struct processes {
	int question, answer;
	pid_t child;
};

/*
 * Starts a child that keeps of its privileges CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, which
 * reading /proc/PID/fd takes, and no other. It becomes `user`, unless that is DROP_NO_USER or can't be had,
 * and opens folders and files below /proc for reading: its filter of system calls leaves nothing else.
 *
 * To each byte it answers with a line for each socket that a process has open,
 *
 *   INODE PID COMM
 *
 * by PID, of at most PROCESSES_DESCRIPTORS descriptors a process, and an empty line behind the last.
 * COMM is the process's name, in which '?' replaces control characters. The child ends when the other
 * end of the question's pipe is closed.
 *
 * Both ends belong to `user`, and close on exec. Returns 0, or -errno and in `what` the call that
 * failed.
 */
int start_processes(uid_t user, struct processes *ends, const char **what);

#define PROCESSES_DESCRIPTORS 2048

/* Answers one question to a descriptor: what the child does. `procfs` is /proc, open. Returns 0 or -errno. */
int answer_processes(int procfs, int out);

#endif
