/* launched.h - programs that the launcher starts: this one, with an argument that says what to try. */
#ifndef LAUNCHED_H
#define LAUNCHED_H

#include "children.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* The exit status of a program that the machine can't run. */
#define FOREIGN 13

static char self[PATH_MAX], launcher[PATH_MAX + 32];
/* By the last one, to stderr. */
static char said[16384];

static inline void find_launcher(void)
{
	char folder[PATH_MAX];

	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	memcpy(folder, self, sizeof(folder));
	snprintf(launcher, sizeof(launcher), "%s/synoptic-launcher", dirname(folder));
}

/* Starts as `user` what the arguments say, and keeps what it has said to stderr. */
static inline int run_as(uid_t user, char **arguments)
{
	int status, errors = memfd_create("errors", MFD_CLOEXEC);
	pid_t pid;

	CHECK(errors >= 0);
	pid = children_fork();
	if (pid == 0) {
		if (dup2(errors, STDERR_FILENO) < 0 || setresuid(user, user, user) < 0)
			_exit(1);
		execv(arguments[0], arguments);
		_exit(errno == ENOEXEC ? FOREIGN : 1);
	}
	CHECK_EQUAL(pid, waitpid(pid, &status, 0));
	child_count--;
	memset(said, 0, sizeof(said));
	CHECK(pread(errors, said, sizeof(said) - 1, 0) >= 0);
	close(errors);
	CHECK(WIFEXITED(status));
	if (WEXITSTATUS(status) == FOREIGN)
		SKIP("this program is another machine's, and so can't start one (qemu-user)");
	return WEXITSTATUS(status);
}

/* Before a test makes what a skipped one would leave behind. */
static inline void need_to_start(void)
{
	char *arguments[] = { launcher, NULL };

	find_launcher();
	CHECK_EQUAL(2, run_as(geteuid(), arguments));
}

static inline void need_root(void)
{
	if (geteuid() != 0)
		SKIP("only root has something to lose");
}

#endif
