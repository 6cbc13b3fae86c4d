/*
 * node.c - what a scan of all namespaces costs, beside dumps of one after the other.
 *
 * usage: node LAUNCHER NAMESPACE...
 *
 * NAMESPACEs are files like /proc/PID/ns/net; to enter them takes root. The scan is made by
 * this program too, without an argument, as LAUNCHER starts it.
 *
 * Prints CPU nanoseconds of a setns() and a bare dump for each NAMESPACE, of one scan of all
 * that there are, and of that scan's longest system call; then how many sockets and namespaces
 * it has met.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include "dump.h"
#include "synoptic.h"

#define TIMEOUT_MS 60000
#define OWNERS 1000
#define NAMESPACES 2000
#define LISTENERS 5000

static long long thread_nanoseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long dump_each(char **namespaces)
{
	long long start = thread_nanoseconds();

	for (; *namespaces; namespaces++) {
		int fd = open(*namespaces, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
			err(EXIT_FAILURE, "can't enter %s", *namespaces);
		dump(false);
		close(fd);
	}
	return thread_nanoseconds() - start;
}

/* CPU time of the longest system call that libsynoptic has made. */
static long long longest;

/* In the C library's place, for libsynoptic runs the BPF program with it. */
long syscall(long number, ...)
{
	static long (*next)(long, ...);
	va_list arguments;
	int command;
	void *attributes;
	unsigned int size;
	long long start;
	long result;

	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	va_start(arguments, number);
	command = va_arg(arguments, int);
	attributes = va_arg(arguments, void *);
	size = va_arg(arguments, unsigned int);
	va_end(arguments);
	start = thread_nanoseconds();
	result = next(number, command, attributes, size);
	start = thread_nanoseconds() - start;
	longest = start > longest ? start : longest;
	return result;
}

/* Prints the scan's CPU time, that of its longest call, and what it has met. */
static int scan(void)
{
	size_t size = synoptic_snapshot_size(LISTENERS, OWNERS, NAMESPACES);
	struct synoptic_snapshot *snapshot = aligned_alloc(64, (size + 63) / 64 * 64);
	const char *descriptors = getenv("SYNOPTIC_BPF");
	int program, records, status;
	long long start;

	if (!snapshot || !descriptors || sscanf(descriptors, "%d,%d", &program, &records) != 2)
		errx(EXIT_FAILURE, "no BPF program");
	memset(snapshot, 0, size);
	start = thread_nanoseconds();
	status = synoptic_scan_node(program, records, TIMEOUT_MS, snapshot, size, OWNERS, NAMESPACES);
	if (status < 0)
		errx(EXIT_FAILURE, "the scan failed: %s", strerror(-status));
	printf(" %lld %lld %llu %u\n", thread_nanoseconds() - start, longest,
	       (unsigned long long)snapshot->scanned_sockets,
	       snapshot->table[SYNOPTIC_NAMESPACES].count);
	return EXIT_SUCCESS;
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

int main(int argc, char **argv)
{
	if (argc == 1)
		return scan();
	if (argc < 3)
		errx(2, "usage: node LAUNCHER NAMESPACE...");
	printf("%lld", dump_each(argv + 2));
	fflush(stdout);
	start_scan(argv[1]);
	return EXIT_SUCCESS;
}
