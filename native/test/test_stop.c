/* A daemon learns of the signals that stop it. */
#include "synoptic.h"

#include "children.h"

#include <pthread.h>

static bool is_caught(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL &&
	       action.sa_handler != SIG_IGN;
}

/* Sends these, ended by 0, as soon as the other thread waits. The last is SIGHUP. */
static void *send_to_itself(void *numbers)
{
	while (!is_caught(SIGHUP))
		usleep(1000);
	for (const int *number = numbers; *number; number++)
		kill(getpid(), *number);
	return NULL;
}

/* What a process learns that is sent these, and ignores one, or 0. */
static int learnt(const int *numbers, int ignored)
{
	int status;
	pid_t child = children_fork();

	if (child == 0) {
		pthread_t sender;
		int stop;

		/* A shell's background job, as this may be one, ignores SIGINT; what nohup starts, SIGHUP. */
		signal(SIGINT, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		if (ignored)
			signal(ignored, SIG_IGN);
		if (pthread_create(&sender, NULL, send_to_itself, (void *)numbers) != 0)
			_exit(1);
		stop = synoptic_wait_for_stop();
		pthread_join(sender, NULL);
		_exit(stop);
	}
	CHECK_EQUAL(child, waitpid(child, &status, 0));
	child_count--;
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

TEST(each_signal_that_stops_a_daemon_is_passed_on)
{
	static const int numbers[][2] = { { SIGTERM }, { SIGINT }, { SIGHUP } };

	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(numbers[i][0], learnt(numbers[i], 0));
}

TEST(what_is_ignored_stays_so)
{
	static const int numbers[] = { SIGINT, SIGTERM, 0 };

	CHECK_EQUAL(SIGTERM, learnt(numbers, SIGINT));
}

MAIN()
