/* deadline.h - until when a scan may take. */
#ifndef DEADLINE_H
#define DEADLINE_H

#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC. */
typedef uint64_t deadline_t;

deadline_t deadline_now(void);
deadline_t deadline_in(uint32_t milliseconds);

/* Milliseconds left, rounded up, for poll(); 0 when the time is up. */
int deadline_left(deadline_t deadline);

#endif
