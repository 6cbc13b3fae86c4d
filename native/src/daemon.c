/* daemon.c - protects the process of a daemon, and waits for the signal that stops it. */
#include "synoptic.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>

static sem_t stops;
static volatile sig_atomic_t first_stop;

int synoptic_protect(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : -errno;
}

static void note(int number)
{
	int saved = errno;

	if (!first_stop)
		first_stop = number;
	sem_post(&stops);
	errno = saved;
}

/* If it is ignored, the caller wants that: nohup, a background job of a shell. */
static int catch_unless_ignored(int number)
{
	struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART }, before;

	if (sigaction(number, NULL, &before) < 0)
		return -errno;
	if (before.sa_handler == SIG_IGN)
		return 0;
	sigfillset(&action.sa_mask);
	return sigaction(number, &action, NULL) == 0 ? 0 : -errno;
}

int synoptic_wait_for_stop(void)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };

	if (sem_init(&stops, 0, 0) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int status = catch_unless_ignored(numbers[i]);

		if (status)
			return status;
	}
	while (sem_wait(&stops) < 0)
		if (errno != EINTR)
			return -errno;
	return first_stop;
}
