/* deadline.c - until when a scan may take. */
#include "deadline.h"

#include <limits.h>
#include <time.h>

#define NANOSECONDS_A_MILLISECOND 1000000

deadline_t deadline_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 * NANOSECONDS_A_MILLISECOND + (uint64_t)time.tv_nsec;
}

deadline_t deadline_in(uint32_t milliseconds)
{
	return deadline_now() + (uint64_t)milliseconds * NANOSECONDS_A_MILLISECOND;
}

int deadline_left(deadline_t deadline)
{
	uint64_t start = deadline_now(), left;

	if (start >= deadline)
		return 0;
	left = (deadline - start + NANOSECONDS_A_MILLISECOND - 1) / NANOSECONDS_A_MILLISECOND;
	return left < INT_MAX ? (int)left : INT_MAX;
}
