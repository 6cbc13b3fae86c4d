/* places.h - network namespaces of a test's own, with sockets in them. */
#ifndef PLACES_H
#define PLACES_H

#include "children.h"
#include "node.h"
#include "own_table.h"

#include <libgen.h>
#include <limits.h>

#define MOST_PLACES 100

/* A namespace of a test's own, in which a child holds sockets. */
struct place {
	int fd;
	uint64_t netns;
};

static struct place places[MOST_PLACES];
static int place_count;
static int home = -1;

static inline void go(int fd)
{
	CHECK_EQUAL(0, setns(fd, CLONE_NEWNET));
}

static inline void start(void)
{
	need_sock_diag();
	node_load();
	children_end();
	if (home < 0)
		home = netns_open();
	go(home);
	while (place_count > 0)
		close(places[--place_count].fd);
}

/* Leaves the process in a new namespace: with buckets of its own, or in the host's table. */
static inline void make_place(unsigned int own_buckets)
{
	if (own_buckets) {
		own_table_enter(own_buckets);
	} else {
		own_table_unshare();
		own_table_loopback_up();
	}
	places[place_count].fd = netns_open();
	places[place_count].netns = netns_number(places[place_count].fd);
	place_count++;
}

static inline void exec_tcplab(char populations[8][64], int output)
{
	char folder[PATH_MAX] = "", path[PATH_MAX + 16];
	char *arguments[11] = { "tcplab", "--for=120" };

	if (readlink("/proc/self/exe", folder, sizeof(folder) - 1) < 0)
		_exit(1);
	snprintf(path, sizeof(path), "%s/tcplab", dirname(folder));
	for (int i = 0; i < 8 && populations[i][0]; i++)
		arguments[2 + i] = populations[i];
	dup2(output, STDOUT_FILENO);
	execv(path, arguments);
	_exit(1);
}

/* Has tcplab fill the namespace that the process is in. */
static inline void fill(char populations[8][64])
{
	int output[2];
	char line[256];
	FILE *lines;
	bool ready = false;

	CHECK_EQUAL(0, pipe2(output, O_CLOEXEC));
	if (children_fork() == 0)
		exec_tcplab(populations, output[1]);
	close(output[1]);
	lines = fdopen(output[0], "r");
	CHECK(lines);
	while (!ready && fgets(line, sizeof(line), lines))
		ready = strcmp(line, "ready\n") == 0;
	fclose(lines);
	CHECK(ready);
}

/* Every namespace another population; all states, both families, full queues among them. */
static inline void fill_by_number(int number)
{
	static const char *const families[] = { "ipv4", "ipv6", "mapped" };
	static const char *const states[] = {
		"established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2",
		"close_wait", "last_ack", "closing", "time_wait",
	};
	char populations[8][64] = { "" };

	for (int i = 0; i < 4; i++)
		snprintf(populations[i], sizeof(*populations), "%s:%s=%d", families[(number + i) % 3],
			 states[(number + 2 * i) % 9], 3 + 5 * number + i);
	snprintf(populations[4], sizeof(*populations), "%s:listener=2,backlog=%d,fill=%d,group=2",
		 families[number % 2], 4 + number, 3 + number);
	snprintf(populations[5], sizeof(*populations), "mapped:listener=1,backlog=2,fill=3");
	fill(populations);
}

static inline void make_filled_place(int number, unsigned int own_buckets)
{
	make_place(own_buckets);
	fill_by_number(number);
	go(home);
}

#endif
