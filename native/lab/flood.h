/* flood.h - SYNs without a last ACK. The types are those of struct recipe. */
#ifndef LAB_FLOOD_H
#define LAB_FLOOD_H

#include "recipe.h"

/* Each SYN has a source port of its own, and these are all there are. */
#define FLOOD_MOST 60000

int flood_measure(const struct population *population, const struct bounds *bounds,
		  struct measure *measure);
int flood_make(const struct chunk *chunk, struct census *census);

/* Removes the request sockets of every flood of this process, which would outlive it. */
void flood_end(void);

#endif
