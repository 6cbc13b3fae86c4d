/*
 * bare.c - the least that a sock_diag dump can cost: receives it and looks at nothing.
 *
 * usage: bare [--listeners] [--every=MILLISECONDS] TIMES
 *
 * A request is the agent's: one walk for both families, every state, no extension; or, of the
 * listeners alone, with their drops. --every starts a dump at each such time, not right after
 * the one before, which leaves the caches filled.
 */
#include <err.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "dump.h"

static _Noreturn void refuse(void)
{
	errx(2, "usage: bare [--listeners] [--every=MILLISECONDS] TIMES");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listeners", no_argument, NULL, 'l' },
		{ "every", required_argument, NULL, 'e' },
		{ 0 },
	};
	struct timespec moment;
	bool listeners = false;
	long every = 0;
	int option, times;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l')
			listeners = true;
		else if (option == 'e')
			every = atol(optarg);
		else
			refuse();
	}
	times = optind + 1 == argc ? atoi(argv[optind]) : 0;
	if (times < 1 || every < 0)
		refuse();
	clock_gettime(CLOCK_MONOTONIC, &moment);
	while (times-- > 0) {
		dump(listeners);
		moment.tv_nsec += every % 1000 * 1000000;
		moment.tv_sec += every / 1000 + moment.tv_nsec / 1000000000;
		moment.tv_nsec %= 1000000000;
		if (every && times)
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, NULL);
	}
	return EXIT_SUCCESS;
}
