/* workers.h - the processes that make a population and hold it. */
#ifndef LAB_WORKERS_H
#define LAB_WORKERS_H

#include <sys/types.h>

#include "census.h"
#include "plan.h"

struct workers {
	const struct plan *plan;
	pid_t parent;
	pid_t *pids; /* by worker; 0: not started, or gone */
	unsigned started, ready;
	int lifeline[2]; /* workers end when the parent's end closes: at its exit, or if it is killed */
	int reports[2];
	int signals;
};

/*
 * Makes all sockets of the plan. Blocks SIGTERM, SIGINT, SIGHUP and SIGCHLD, and reads
 * them from a signalfd. Returns 0 when all sockets are made, or -errno with a failure
 * text; the caller calls workers_end() in either case.
 */
int workers_make(struct workers *workers, const struct plan *plan, struct census *census);

/*
 * Waits for a signal that ends it, and for `seconds` or, if that is 0, the end of
 * stdin. Returns 0, or -errno with a failure text if a worker is gone.
 */
int workers_wait(struct workers *workers, unsigned seconds);

/* Returns when no worker is left. */
void workers_end(struct workers *workers);

#endif
