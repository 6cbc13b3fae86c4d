/*
 * handshakes.c - reads the map in which BPF programs (bpf/handshakes.bpf.c) count what connections do
 * between scans, and has rows removed that nothing counts in any more.
 */
#include "handshakes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "deadline.h"
#include "handshake_rows.h"
#include "synoptic.h"

#define ROW_BYTES \
	(sizeof(struct synoptic_handshake_key) + sizeof(struct synoptic_handshake_counts))

/* Runs of a program that a call makes at most: a few milliseconds. */
#define FORGOTTEN_MOST 4096

enum { MAP, EVENTS, FORGET };

static const double bounds[SYNOPTIC_DURATION_CELLS] = {
#define SECONDS(microseconds, seconds) seconds,
	HANDSHAKE_BOUNDS(SECONDS)
#undef SECONDS
	INFINITY,
};

/* In the caller's buffer, with room for so many. */
struct rows {
	struct synoptic_handshake_key *keys;
	struct synoptic_handshake_counts *counts;
	uint32_t room, count;
};

size_t synoptic_handshakes_size(uint32_t rows)
{
	if (rows == 0 || rows > SYNOPTIC_HANDSHAKES_MOST)
		return 0;
	return sizeof(struct synoptic_handshakes) + rows * ROW_BYTES;
}

/*
 * What the kernel says of a descriptor: a number after `name` and a colon. Returns 0, -ENODATA if it
 * doesn't say that, or -errno.
 */
static int read_number(const char *procfs, int descriptor, const char *name, uint64_t *number)
{
	char path[256], text[4096], line[64];
	const char *found;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "%s/self/fdinfo/%d", procfs, descriptor);
	snprintf(line, sizeof(line), "\n%s:", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length < 0)
		return -errno;
	text[length] = '\0';
	found = strstr(text, line);
	if (!found)
		return -ENODATA;
	*number = strtoull(found + strlen(line), NULL, 10);
	return 0;
}

/* The kernel writes as much as the map says, not as much as there is room for. */
static int check_map(const char *procfs, int map)
{
	uint64_t key = 0, value = 0;
	int status = read_number(procfs, map, "key_size", &key);

	if (status == 0)
		status = read_number(procfs, map, "value_size", &value);
	if (status == -ENOENT && fcntl(map, F_GETFD) < 0)
		return -EBADF;
	if (status && status != -ENODATA)
		return status;
	return key == sizeof(struct synoptic_handshake_key) &&
			       value == sizeof(struct synoptic_handshake_counts)
		       ? 0
		       : -EPROTO;
}

static uint64_t missed_events(const char *procfs, int events)
{
	uint64_t missed;

	return read_number(procfs, events, "recursion_misses", &missed) == 0 ? missed : UINT64_MAX;
}

/*
 * Reads as many buckets as there is room for. Returns 0 if there may be more, 1 if there are none, or
 * -errno: -ENOSPC if the next bucket has more rows than there is room for.
 */
static int read_batch(int map, struct rows *rows, uint32_t *bucket)
{
	union bpf_attr attr = {
		.batch = {
			.in_batch = rows->count ? (uintptr_t)bucket : 0,
			.out_batch = (uintptr_t)bucket,
			.keys = (uintptr_t)(rows->keys + rows->count),
			.values = (uintptr_t)(rows->counts + rows->count),
			.count = rows->room - rows->count,
			.map_fd = (uint32_t)map,
		},
	};
	int error = syscall(SYS_bpf, BPF_MAP_LOOKUP_BATCH, &attr, sizeof(attr)) < 0 ? errno : 0;

	if (error && error != ENOENT)
		return -error;
	rows->count += attr.batch.count;
	return error == ENOENT;
}

static int read_rows(int map, struct rows *rows, uint32_t *more)
{
	uint32_t bucket = 0;
	int status = 0;

	while (status == 0 && rows->count < rows->room)
		status = read_batch(map, rows, &bucket);
	*more = status == 0 || status == -ENOSPC;
	return *more || status == 1 ? 0 : status;
}

/* The program looks itself whether the row may go. */
static void forget(int program, const struct synoptic_handshake_key *key)
{
	union bpf_attr attr = {
		.test = {
			.prog_fd = (uint32_t)program,
			.ctx_in = (uintptr_t)key,
			.ctx_size_in = sizeof(*key),
		},
	};

	syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr));
}

static void forget_idle(int program, const struct rows *rows, uint64_t idle_nanoseconds)
{
	uint64_t now = deadline_now();
	int forgotten = 0;

	for (uint32_t i = 0; i < rows->count && forgotten < FORGOTTEN_MOST; i++) {
		if (rows->keys[i].netns_cookie == 0 ||
		    now < rows->counts[i].last + handshake_idle(&rows->counts[i], idle_nanoseconds))
			continue;
		forget(program, &rows->keys[i]);
		forgotten++;
	}
}

static void start_header(struct synoptic_handshakes *header)
{
	*header = (struct synoptic_handshakes){
		.abi = SYNOPTIC_ABI, .size = sizeof(*header), .missed_events = UINT64_MAX,
		.keys = { .offset = sizeof(*header),
			  .stride = sizeof(struct synoptic_handshake_key) },
		.counts = { .offset = sizeof(*header),
			    .stride = sizeof(struct synoptic_handshake_counts) },
	};
	memcpy(header->bounds, bounds, sizeof(bounds));
}

static struct rows rows_in(void *buffer, size_t size)
{
	size_t room = (size - sizeof(struct synoptic_handshakes)) / ROW_BYTES;
	struct rows rows = {
		.keys = (void *)((struct synoptic_handshakes *)buffer + 1),
		.room = room < SYNOPTIC_HANDSHAKES_MOST ? (uint32_t)room : SYNOPTIC_HANDSHAKES_MOST,
	};

	rows.counts = (void *)(rows.keys + rows.room);
	return rows;
}

int handshakes_read(const int descriptors[3], const char *procfs, uint64_t idle_nanoseconds,
		    void *buffer, size_t size)
{
	struct synoptic_handshakes *header = buffer;
	struct rows rows;
	int status;

	if (!buffer || (uintptr_t)buffer % 8 || size < sizeof(*header))
		return -EINVAL;
	start_header(header);
	if (!procfs || size < sizeof(*header) + ROW_BYTES)
		return -EINVAL;
	status = check_map(procfs, descriptors[MAP]);
	if (status)
		return status;
	rows = rows_in(buffer, size);
	status = read_rows(descriptors[MAP], &rows, &header->more);
	if (status)
		return status;
	header->missed_events = missed_events(procfs, descriptors[EVENTS]);
	header->keys.count = rows.count;
	header->counts.count = rows.count;
	header->counts.offset = (uint32_t)((char *)rows.counts - (char *)buffer);
	header->size = header->counts.offset + rows.count * (uint32_t)sizeof(*rows.counts);
	forget_idle(descriptors[FORGET], &rows, idle_nanoseconds);
	return 0;
}

int synoptic_read_handshakes(int map, int events, int forget, const char *procfs, void *buffer,
			     size_t size)
{
	const int descriptors[3] = { [MAP] = map, [EVENTS] = events, [FORGET] = forget };

	return handshakes_read(descriptors, procfs, SYNOPTIC_HANDSHAKES_IDLE_S * 1000000000ULL,
			       buffer, size);
}
