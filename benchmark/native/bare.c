/*
 * bare.c - the least that a sock_diag dump can cost: receives it and looks at nothing.
 *
 * usage: bare [--listeners] [--every=MILLISECONDS] TIMES
 *
 * A request is the agent's: one walk for both families, every state, no extension; or, of the
 * listeners alone, with their drops. --every waits so long before the next dump: right
 * after another it would find its data in the caches.
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
	struct timespec pause;
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
	pause.tv_sec = every / 1000;
	pause.tv_nsec = every % 1000 * 1000000;
	while (times-- > 0) {
		dump(listeners);
		if (every && times)
			nanosleep(&pause, NULL);
	}
	return EXIT_SUCCESS;
}
