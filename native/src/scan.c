/* scan.c - which source, one scan, the snapshot. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "sock_diag.h"
#include "synoptic.h"
#include "tally.h"

/* What a snapshot's bytes are, in their order. */
struct layout {
	struct synoptic_snapshot snapshot;
	struct synoptic_namespace namespaces[1];
};

uint32_t synoptic_abi(void)
{
	return SYNOPTIC_ABI;
}

size_t synoptic_snapshot_size(void)
{
	return sizeof(struct layout);
}

static void lay_out(struct layout *layout, enum synoptic_source source)
{
	struct synoptic_snapshot *snapshot = &layout->snapshot;

	memset(layout, 0, sizeof(*layout));
	snapshot->abi = SYNOPTIC_ABI;
	snapshot->size = sizeof(*layout);
	snapshot->source = source;
	snapshot->tables = SYNOPTIC_TABLES;
	snapshot->table[SYNOPTIC_NAMESPACES] = (struct synoptic_table){
		.offset = offsetof(struct layout, namespaces),
		.count = 1,
		.stride = sizeof(layout->namespaces[0]),
	};
}

/* A scan that failed half-way has counted half: say nothing rather than that. */
static void withdraw(struct synoptic_snapshot *snapshot)
{
	for (int i = 0; i < SYNOPTIC_TABLES; i++)
		snapshot->table[i].count = 0;
	snapshot->scanned_sockets = 0;
	snapshot->duplicate_sockets = 0;
}

static uint64_t deadline_in(uint32_t timeout_ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec +
	       timeout_ms * UINT64_C(1000000);
}

int synoptic_scan(enum synoptic_source source, uint32_t timeout_ms,
		  void *buffer, size_t size)
{
	struct layout *layout = buffer;
	struct tally tally;
	int status;

	if (!buffer || size < sizeof(*layout) || (uintptr_t)buffer % _Alignof(struct layout) ||
	    timeout_ms == 0)
		return -EINVAL;
	if (source != SYNOPTIC_SOURCE_AUTO && source != SYNOPTIC_SOURCE_SOCK_DIAG)
		return -EINVAL;

	lay_out(layout, SYNOPTIC_SOURCE_SOCK_DIAG);
	tally_start(&tally, &layout->snapshot, layout->namespaces);
	status = sock_diag_scan(&tally, deadline_in(timeout_ms));
	if (status)
		withdraw(&layout->snapshot);
	return status;
}
