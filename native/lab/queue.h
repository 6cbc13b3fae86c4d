/* queue.h - listeners and their accept queues. The types are those of struct recipe. */
#ifndef LAB_QUEUE_H
#define LAB_QUEUE_H

#include "recipe.h"

int queue_measure_listen(const struct population *population, const struct bounds *bounds,
			 struct measure *measure);
int queue_make_listen(const struct chunk *chunk, struct census *census);

/* SO_REUSEPORT groups of listeners. Their accept queues are filled one after the other. */
int queue_measure(const struct population *population, const struct bounds *bounds,
		  struct measure *measure);
int queue_make(const struct chunk *chunk, struct census *census);

#endif
