/* steal.h - how a process may reach into another of its user. */
#ifndef STEAL_H
#define STEAL_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static inline int steal_by_opening(pid_t victim, const char *file)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)victim, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static inline int steal_a_descriptor(pid_t victim)
{
	int process = (int)syscall(SYS_pidfd_open, victim, 0), stolen = 0;

	for (int number = 0; process >= 0 && number < 64; number++) {
		int fd = (int)syscall(SYS_pidfd_getfd, process, number, 0);

		if (fd >= 0) {
			stolen = 1;
			close(fd);
		}
	}
	if (process >= 0)
		close(process);
	return stolen;
}

static inline int steal_memory(pid_t victim)
{
	/* An address that is nobody's: EFAULT says that it was looked for. */
	char byte;
	struct iovec mine = { .iov_base = &byte, .iov_len = 1 }, its = { .iov_len = 1 };

	return process_vm_readv(victim, &mine, 1, &its, 1, 0) >= 0 || errno == EFAULT;
}

static inline int steal_control(pid_t victim)
{
	/* Unlike PTRACE_ATTACH it doesn't stop it. */
	if (ptrace(PTRACE_SEIZE, victim, NULL, NULL) < 0)
		return 0;
	ptrace(PTRACE_INTERRUPT, victim, NULL, NULL);
	waitpid(victim, NULL, __WALL);
	ptrace(PTRACE_DETACH, victim, NULL, NULL);
	return 1;
}

/* Says on `out`, unless it is NULL, what has worked, and returns how many ways did. */
static inline int steal(pid_t victim, FILE *out)
{
	static const char *const files[] = { "mem", "environ", "fd", "maps", "ns/net", "auxv" };
	const struct {
		const char *name;
		int worked;
	} calls[] = {
		{ "pidfd_getfd", steal_a_descriptor(victim) },
		{ "process_vm_readv", steal_memory(victim) },
		{ "ptrace", steal_control(victim) },
	};
	int worked = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (steal_by_opening(victim, files[i])) {
			if (out)
				fprintf(out, "/proc/PID/%s\n", files[i]);
			worked++;
		}
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].worked && out)
			fprintf(out, "%s\n", calls[i].name);
		worked += calls[i].worked;
	}
	return worked;
}

#endif
