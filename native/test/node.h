/* node.h - scans of every namespace, for tests, with the program loaded by the test itself. */
#ifndef NODE_H
#define NODE_H

#include "synoptic.h"
#include "test.h"

#include "../launcher/load.h"

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/stat.h>

#define NODE_TIMEOUT_MS 20000
#define NODE_OWNERS 4000
#define NODE_NAMESPACES 12000

static _Alignas(8) char node_buffer[24 << 20];
static const struct synoptic_snapshot *node = (const void *)node_buffer;
static struct loaded node_descriptors;
/* How node_load() loads. */
static int (*node_loader)(struct loaded *, struct load_failure *) = load;

/* Once for all tests of a program. */
static inline void node_load(void)
{
	static struct load_failure failure;
	static bool loaded;

	if (loaded)
		return;
	if (node_loader(&node_descriptors, &failure) < 0) {
		bool refused = strcmp(failure.reason, LOAD_REASON_VERIFIER) == 0;

		fprintf(stderr, "%s: %s\n%s", failure.reason, failure.detail, failure.log);
		CHECK(!refused);
		SKIP("no BPF program can be loaded here");
	}
	loaded = true;
}

static inline int node_scan_once(void)
{
	return synoptic_scan_node(node_descriptors.program, node_descriptors.records,
				  NODE_TIMEOUT_MS, node_buffer, sizeof(node_buffer), NODE_OWNERS,
				  NODE_NAMESPACES);
}

static inline void node_scan(void)
{
	CHECK_EQUAL(0, node_scan_once());
}

static inline const void *table_row(const struct synoptic_snapshot *snapshot,
				    enum synoptic_table_number table, uint32_t row)
{
	return (const char *)snapshot + snapshot->table[table].offset +
	       (size_t)row * snapshot->table[table].stride;
}

static inline const struct synoptic_namespace *node_namespace(uint64_t netns)
{
	for (uint32_t i = 0; i < node->table[SYNOPTIC_NAMESPACES].count; i++) {
		const struct synoptic_namespace *row = table_row(node, SYNOPTIC_NAMESPACES, i);

		if (row->netns == netns)
			return row;
	}
	return NULL;
}

static inline uint32_t node_row(const struct synoptic_namespace *namespace)
{
	return (uint32_t)(namespace - (const struct synoptic_namespace *)
				      table_row(node, SYNOPTIC_NAMESPACES, 0));
}

/* Of a descriptor of a namespace. */
static inline uint64_t netns_number(int fd)
{
	struct stat status;

	CHECK_EQUAL(0, fstat(fd, &status));
	return status.st_ino;
}

static inline int netns_open(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	return fd;
}

#endif
