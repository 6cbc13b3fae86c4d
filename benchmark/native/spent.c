/*
 * spent.c - what a process has spent, in nanoseconds and KiB.
 *
 * usage: spent --of=PID        prints the CPU time (user + system) of a process so far
 *        spent COMMAND...      runs it, its stdout to /dev/null, and prints its CPU time, the
 *                              time it took, and its peak memory
 *
 * Both count threads that have ended, and neither is rounded to clock ticks.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds(const struct timespec *time)
{
	return time->tv_sec * 1000000000LL + time->tv_nsec;
}

static long long now(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time) < 0)
		err(EXIT_FAILURE, "can't read a clock");
	return nanoseconds(&time);
}

static void print_spent_of(pid_t pid)
{
	clockid_t clock;
	int error = clock_getcpuclockid(pid, &clock);

	if (error)
		errx(EXIT_FAILURE, "process %d: %s", (int)pid, strerror(error));
	printf("%lld\n", now(clock));
}

static _Noreturn void become(char **command)
{
	int null = open("/dev/null", O_WRONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
		err(EXIT_FAILURE, "can't write to /dev/null");
	execvp(command[0], command);
	err(EXIT_FAILURE, "can't run %s", command[0]);
}

static long long microseconds(const struct timeval *time)
{
	return time->tv_sec * 1000000LL + time->tv_usec;
}

static int run(char **command)
{
	long long start = now(CLOCK_MONOTONIC);
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		err(EXIT_FAILURE, "can't fork");
	if (pid == 0)
		become(command);
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			err(EXIT_FAILURE, "can't wait");
	printf("%lld %lld %ld\n",
	       1000 * (microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime)),
	       now(CLOCK_MONOTONIC) - start, usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static const char of[] = "--of=";

	if (argc < 2)
		errx(2, "usage: spent --of=PID | spent COMMAND...");
	if (strncmp(argv[1], of, strlen(of)) != 0)
		return run(argv + 1);
	print_spent_of((pid_t)atoi(argv[1] + strlen(of)));
	return EXIT_SUCCESS;
}
