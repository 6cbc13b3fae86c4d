/* clock.h - a clock that goes on only when the input says so. Link with --wrap=clock_gettime. */
#ifndef FUZZ_CLOCK_H
#define FUZZ_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* While it is not zero: nanoseconds. */
static uint64_t fake_time;

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	if (fake_time == 0)
		return __real_clock_gettime(clock, time);
	time->tv_sec = (time_t)(fake_time / 1000000000);
	time->tv_nsec = (long)(fake_time % 1000000000);
	return 0;
}

#endif
