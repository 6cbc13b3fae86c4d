/*
 * connects.c - opens, accepts and closes connections over the loopback, as fast as all processors can:
 * connects SECONDS
 *
 * Prints how many a second, and the microseconds of CPU time that one takes. If what counts handshakes is there, too (SYNOPTIC_HANDSHAKES), it prints how
 * many opened by that count, its rows, and the microseconds that a reading of them takes.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "synoptic.h"

#define READINGS 20
#define PROCESSES_MOST 1024

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Each process has a thousand addresses, so that no port is missed that is in TIME_WAIT. */
static uint64_t connect_until(double end, int process)
{
	struct sockaddr_in any = { .sin_family = AF_INET }, to = any;
	socklen_t size = sizeof(any);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	uint64_t count = 0;

	if (bind(listener, (struct sockaddr *)&any, size) < 0 || listen(listener, 16) < 0 ||
	    getsockname(listener, (struct sockaddr *)&to, &size) < 0)
		return 0;
	for (; count % 16 || now() < end; count++) {
		int client = socket(AF_INET, SOCK_STREAM, 0), server;

		to.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)process * 1000 +
					   (uint32_t)(count % 1000));
		if (connect(client, (struct sockaddr *)&to, sizeof(to)) < 0)
			return 0;
		server = accept(listener, NULL, NULL);
		close(client);
		close(server);
	}
	return count;
}

static uint64_t connect_all(double seconds)
{
	uint64_t *counts = mmap(NULL, PROCESSES_MOST * sizeof(*counts), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long processes = sysconf(_SC_NPROCESSORS_ONLN);
	double end = now() + seconds;
	uint64_t all = 0;

	for (int i = 0; i < processes && i < PROCESSES_MOST; i++)
		if (fork() == 0) {
			counts[i] = connect_until(end, i);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < processes && i < PROCESSES_MOST; i++)
		all += counts[i];
	return all;
}

static double cpu_of_children(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void read_handshakes(const int descriptors[3])
{
	size_t size = synoptic_handshakes_size(SYNOPTIC_HANDSHAKES_MOST);
	struct synoptic_handshakes *read = aligned_alloc(8, size);
	uint64_t opened = 0;
	double start = now();

	for (int i = 0; i < READINGS; i++)
		if (synoptic_read_handshakes(descriptors[0], descriptors[1], descriptors[2], "/proc",
					     read, size) != 0)
			return;
	start = (now() - start) * 1e6 / READINGS;
	for (uint32_t i = 0; i < read->counts.count; i++) {
		const struct synoptic_handshake_counts *row =
			(const void *)((const char *)read + read->counts.offset + i * read->counts.stride);

		opened += row->opened;
	}
	printf(" %llu %u %.0f %llu", (unsigned long long)opened, read->counts.count, start,
	       (unsigned long long)read->missed_events);
}

int main(int argc, char **argv)
{
	double seconds = argc == 2 ? atof(argv[1]) : 0;
	const char *handshakes = getenv("SYNOPTIC_HANDSHAKES");
	int descriptors[3];
	uint64_t count;

	if (seconds <= 0) {
		fputs("usage: connects SECONDS\n", stderr);
		return 2;
	}
	count = connect_all(seconds);
	printf("%.0f %.2f", (double)count / seconds, cpu_of_children() * 1e6 / (double)count);
	if (handshakes &&
	    sscanf(handshakes, "%d,%d,%d", &descriptors[0], &descriptors[1], &descriptors[2]) == 3)
		read_handshakes(descriptors);
	putchar('\n');
	return 0;
}
