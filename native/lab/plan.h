/* plan.h - which worker makes what, in which order. */
#ifndef LAB_PLAN_H
#define LAB_PLAN_H

#include <stddef.h>

#include "population.h"

struct plan {
	struct chunk *chunks; /* in the order they are to be made, by rising worker */
	size_t count, room;
	unsigned workers;
	int *claims; /* sockets that keep the ports asked for until the workers have them */
	size_t claimed, claims_room;
};

/*
 * Sorts the populations by how long they hold, longest first, and shares them out among as few
 * processes as can hold them. Populations and bounds must outlive the plan. Returns 0, or -errno
 * with a failure text; the caller calls plan_end() in either case.
 */
int plan_make(struct plan *plan, struct population *populations, size_t count,
	      const struct bounds *bounds);

/*
 * Claims every port asked for, before clients' ephemeral ports can take it.
 * Returns 0, or -errno with a failure text.
 */
int plan_claim(struct plan *plan, const struct population *populations, size_t count,
	       const struct bounds *bounds);

void plan_end(struct plan *plan);

#endif
