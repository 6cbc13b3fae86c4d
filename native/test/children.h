/* children.h - processes of a test's own, which never outlive it. */
#ifndef CHILDREN_H
#define CHILDREN_H

#include "test.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 128

static pid_t children[CHILDREN];
static int child_count;

/*
 * Ends every child: at a test's end, and at the next one's start if a check has failed.
 * The last one goes first, for it may watch the others.
 */
static inline void children_end(void)
{
	while (child_count > 0) {
		pid_t child = children[--child_count];

		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
}

/* Returns 0 in the child, which dies with its parent and must not return from the test. */
static inline pid_t children_fork(void)
{
	pid_t parent = getpid(), child;

	CHECK(child_count < CHILDREN);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		return 0;
	}
	children[child_count++] = child;
	return child;
}

#endif
