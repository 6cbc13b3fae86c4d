/* scan.c - which source, one scan, the snapshot. */
#include <errno.h>
#include <string.h>

#include "deadline.h"
#include "proc_net_tcp.h"
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

static void lay_out(struct layout *layout)
{
	struct synoptic_snapshot *snapshot = &layout->snapshot;

	memset(layout, 0, sizeof(*layout));
	snapshot->abi = SYNOPTIC_ABI;
	snapshot->size = sizeof(*layout);
	snapshot->tables = SYNOPTIC_TABLES;
	snapshot->table[SYNOPTIC_NAMESPACES] = (struct synoptic_table){
		.offset = offsetof(struct layout, namespaces),
		.count = 1,
		.stride = sizeof(layout->namespaces[0]),
	};
}

/* What a scan has counted before it failed is no figure: only what it rejected stays. */
static void forget_counts(struct layout *layout)
{
	memset(layout->namespaces, 0, sizeof(layout->namespaces));
	layout->snapshot.scanned_sockets = 0;
	layout->snapshot.duplicate_sockets = 0;
}

static int scan_source(struct layout *layout, enum synoptic_source source, const char *procfs,
		       deadline_t deadline)
{
	struct tally tally;
	int status;

	layout->snapshot.source = source;
	tally_start(&tally, &layout->snapshot, layout->namespaces);
	status = source == SYNOPTIC_SOURCE_PROC ? proc_net_tcp_scan(&tally, procfs, deadline)
						: sock_diag_scan(&tally, deadline);
	if (status)
		forget_counts(layout);
	return status;
}

/*
 * The way back from proc is the way there: every scan tries sock_diag first. A
 * refusal costs one system call, so there is nothing to remember, and the first scan
 * after it is lifted has the better figures. A source that hangs leaves half of the
 * time to the other.
 */
static int scan_best_source(struct layout *layout, const char *procfs, deadline_t deadline)
{
	int status = scan_source(layout, SYNOPTIC_SOURCE_SOCK_DIAG, procfs,
				 deadline_halfway(deadline));

	if (status == 0)
		return 0;
	layout->snapshot.fallback_error = (uint32_t)-status;
	return scan_source(layout, SYNOPTIC_SOURCE_PROC, procfs, deadline);
}

int synoptic_scan(enum synoptic_source source, const char *procfs, uint32_t timeout_ms,
		  void *buffer, size_t size)
{
	struct layout *layout = buffer;
	deadline_t deadline = deadline_in(timeout_ms);
	int status;

	if (!buffer || size < sizeof(*layout) || (uintptr_t)buffer % _Alignof(struct layout) ||
	    !procfs || timeout_ms == 0)
		return -EINVAL;
	if (source != SYNOPTIC_SOURCE_AUTO && source != SYNOPTIC_SOURCE_SOCK_DIAG &&
	    source != SYNOPTIC_SOURCE_PROC)
		return -EINVAL;

	lay_out(layout);
	status = source == SYNOPTIC_SOURCE_AUTO ? scan_best_source(layout, procfs, deadline)
						: scan_source(layout, source, procfs, deadline);
	if (status)
		for (int i = 0; i < SYNOPTIC_TABLES; i++)
			layout->snapshot.table[i].count = 0;
	return status;
}
