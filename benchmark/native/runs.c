/*
 * runs.c - how long the calls of a scan of all namespaces keep a CPU, with many tasks on the host.
 *
 * usage: runs LAUNCHER PROCESSESxTHREADS...
 *
 * Makes so many processes of so many threads each, one after the other (kernel.pid_max bounds
 * them), and with each prints the tasks, and of a scan's runs by what they walk (namespaces,
 * processes, listeners, connections) their count, microseconds of CPU time of the longest and of
 * all. As LAUNCHER starts it, without an argument, this program makes the scan.
 */
#include <dlfcn.h>
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../native/src/bpf_walk.h"
#include "synoptic.h"

#define TIMEOUT_MS 60000
#define OWNERS 1000
#define NAMESPACES 15000
#define LISTENERS 5000
#define SCANS 20
#define STACK_BYTES 16384

static struct {
	long long nanoseconds, count, longest;
} parts[WALK_CONNECTIONS + 1];

static long long thread_nanoseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* In the C library's place, for libsynoptic runs the BPF program with it. */
long syscall(long number, ...)
{
	static long (*next)(long, ...);
	const struct walk_order *order;
	union bpf_attr *attributes;
	va_list arguments;
	unsigned int size;
	int command;
	long long start;
	long result;

	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	va_start(arguments, number);
	command = va_arg(arguments, int);
	attributes = va_arg(arguments, union bpf_attr *);
	size = va_arg(arguments, unsigned int);
	va_end(arguments);
	start = thread_nanoseconds();
	result = next(number, command, attributes, size);
	start = thread_nanoseconds() - start;
	order = (const void *)(unsigned long)attributes->test.ctx_in;
	parts[order->part].nanoseconds += start;
	parts[order->part].count++;
	if (start > parts[order->part].longest)
		parts[order->part].longest = start;
	return result;
}

static int compare(const void *left, const void *right)
{
	long long difference = *(const long long *)left - *(const long long *)right;

	return (difference > 0) - (difference < 0);
}

/* The median of the scans: something else may have the CPU in one. */
static int scan(void)
{
	static const char *const names[] = { "", "namespaces", "processes", "listeners", "connections" };
	size_t size = synoptic_snapshot_size(LISTENERS, OWNERS, NAMESPACES);
	struct synoptic_snapshot *snapshot = aligned_alloc(64, (size + 63) / 64 * 64);
	const char *descriptors = getenv("SYNOPTIC_BPF");
	static long long longest[WALK_CONNECTIONS + 1][SCANS], all[WALK_CONNECTIONS + 1][SCANS];
	int program, records, status;

	if (!snapshot || !descriptors || sscanf(descriptors, "%d,%d", &program, &records) != 2)
		errx(EXIT_FAILURE, "no BPF program");
	for (int i = 0; i < SCANS; i++) {
		memset(parts, 0, sizeof(parts));
		status = synoptic_scan_node(program, records, TIMEOUT_MS, snapshot, size, OWNERS,
					    NAMESPACES);
		if (status < 0)
			errx(EXIT_FAILURE, "the scan failed: %s", strerror(-status));
		for (int part = 1; part <= WALK_CONNECTIONS; part++) {
			longest[part][i] = parts[part].longest / 1000;
			all[part][i] = parts[part].nanoseconds / 1000;
		}
	}
	for (int part = 1; part <= WALK_CONNECTIONS; part++) {
		qsort(longest[part], SCANS, sizeof(long long), compare);
		qsort(all[part], SCANS, sizeof(long long), compare);
		printf(" | %s %lld: %lld (%lld) %lld", names[part], parts[part].count,
		       longest[part][SCANS / 2], longest[part][SCANS - 1], all[part][SCANS / 2]);
	}
	printf(" | sockets %llu namespaces %u\n", (unsigned long long)snapshot->scanned_sockets,
	       snapshot->table[SYNOPTIC_NAMESPACES].count);
	return EXIT_SUCCESS;
}

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void be_threads(int threads, int ready)
{
	pthread_attr_t small;
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_BYTES);
	for (int i = 1; i < threads; i++)
		if (pthread_create(&thread, &small, wait_for_ever, NULL) != 0)
			_exit(1);
	if (write(ready, "", 1) != 1)
		_exit(1);
	wait_for_ever(NULL);
}

static void start_scan(char *launcher)
{
	char self[4096] = "";
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
			err(EXIT_FAILURE, "who am I");
		execl(launcher, launcher, "--bpf", self, NULL);
		err(EXIT_FAILURE, "can't run %s", launcher);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		errx(EXIT_FAILURE, "no scan");
}

static void measure(char *launcher, int processes, int threads)
{
	pid_t *children = calloc((size_t)processes, sizeof(*children));
	int ready[2];
	char done;

	if (!children || pipe(ready) < 0)
		err(EXIT_FAILURE, "no processes");
	for (int i = 0; i < processes; i++) {
		children[i] = fork();
		if (children[i] == 0)
			be_threads(threads, ready[1]);
		if (children[i] < 0)
			err(EXIT_FAILURE, "process %d", i);
		if (read(ready[0], &done, 1) != 1)
			err(EXIT_FAILURE, "threads of process %d", i);
	}
	printf("%d processes, %d tasks", processes, processes * threads);
	fflush(stdout);
	start_scan(launcher);
	for (int i = 0; i < processes; i++)
		kill(children[i], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	free(children);
	close(ready[0]);
	close(ready[1]);
}

int main(int argc, char **argv)
{
	int processes, threads;

	if (argc == 1)
		return scan();
	if (argc < 3)
		errx(2, "usage: runs LAUNCHER PROCESSESxTHREADS...");
	for (int i = 2; i < argc; i++) {
		if (sscanf(argv[i], "%dx%d", &processes, &threads) != 2 || processes < 1 || threads < 1)
			errx(2, "%s is not PROCESSESxTHREADS", argv[i]);
		measure(argv[1], processes, threads);
	}
	return EXIT_SUCCESS;
}
