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
	unsigned started, standing;
	int lifeline[2]; /* the parent's end closes when it ends, by whatever way: so do workers */
	int reports[2];
	int signals;
};

/*
 * Makes the plan come true. Blocks SIGTERM, SIGINT, SIGHUP and SIGCHLD, to be
 * told of them. Returns 0 when all of it stands, or -errno with a failure text;
 * workers_end() is due in either case.
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
