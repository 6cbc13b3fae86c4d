/* scan.c - which source, one scan, the snapshot. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "deadline.h"
#include "destinations.h"
#include "listeners.h"
#include "owners.h"
#include "proc_net_tcp.h"
#include "sock_diag.h"
#include "synoptic.h"
#include "tally.h"

/* What a snapshot begins with. */
struct layout {
	struct synoptic_snapshot snapshot;
	struct synoptic_namespace namespaces[1];
	struct synoptic_listener listeners[];
};

/* Where the rest is while a scan lasts, in bytes from the start: rows, and behind them indexes. */
struct plan {
	uint32_t listeners, owners; /* how many there is room for */
	size_t owner_rows;
	size_t destinations;
	size_t listener_index, owner_index;
	size_t end;
};

static struct plan plan_for(uint32_t listeners, uint32_t owners)
{
	struct plan plan = { .listeners = listeners, .owners = owners };

	plan.owner_rows = sizeof(struct layout) + listeners * sizeof(struct synoptic_listener);
	plan.destinations = plan.owner_rows +
			    (OWNERS_ALWAYS + owners) * sizeof(struct synoptic_owner);
	plan.listener_index = plan.destinations + DESTINATIONS_BYTES;
	plan.owner_index = plan.listener_index + hash_entries(listeners) * sizeof(hash_entry_t);
	plan.end = plan.owner_index + hash_entries(owners) * sizeof(hash_entry_t);
	return plan;
}

uint32_t synoptic_abi(void)
{
	return SYNOPTIC_ABI;
}

/*
 * Weight 110 of 1024: a scan among busy programs takes ten times as long, not the
 * seventy times that nice 19 would cost, and still ends before its timeout.
 */
int synoptic_yield_to_others(void)
{
	/* Of a thread, though POSIX says of a process: setpriority(2). */
	return setpriority(PRIO_PROCESS, 0, 10) < 0 ? -errno : 0;
}

size_t synoptic_snapshot_size(uint32_t listeners, uint32_t owners)
{
	if (listeners > HASH_ROWS_MOST || owners > HASH_ROWS_MOST)
		return 0;
	return plan_for(listeners, owners).end;
}

/* The most listeners that a buffer has room for, beside so many owners. */
static uint32_t listeners_in(size_t size, uint32_t owners)
{
	uint32_t low = 0, high = HASH_ROWS_MOST;

	while (low < high) {
		uint32_t middle = (low + high + 1) / 2;

		if (synoptic_snapshot_size(middle, owners) <= size)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
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
		.stride = sizeof(layout->namespaces[0]),
	};
	for (int i = SYNOPTIC_LISTENERS; i < SYNOPTIC_TABLES; i++)
		snapshot->table[i].offset = snapshot->size;
	snapshot->table[SYNOPTIC_LISTENERS].stride = sizeof(struct synoptic_listener);
	snapshot->table[SYNOPTIC_OWNERS].stride = sizeof(struct synoptic_owner);
	snapshot->table[SYNOPTIC_DESTINATIONS].stride = sizeof(struct synoptic_destination);
}

/* What a scan has counted before it failed is no figure: only what it rejected stays. */
static void forget_counts(struct layout *layout)
{
	memset(layout->namespaces, 0, sizeof(layout->namespaces));
	layout->snapshot.scanned_sockets = 0;
	layout->snapshot.duplicate_sockets = 0;
	layout->snapshot.unlisted_listeners = 0;
}

/* Moves a table's rows, which stand there or further back, to the end of what is told. */
static void publish(struct layout *layout, enum synoptic_table_number number, const void *rows,
		    uint32_t count)
{
	struct synoptic_table *table = &layout->snapshot.table[number];

	table->offset = layout->snapshot.size;
	table->count = count;
	memmove((char *)layout + table->offset, rows, (size_t)count * table->stride);
	layout->snapshot.size += count * table->stride;
}

/* All counts but the listeners' own only mean something if every socket was seen. */
static void publish_counts(struct layout *layout, const struct tally *tally)
{
	uint32_t destinations = destinations_end(tally->destinations, tally->namespace);

	publish(layout, SYNOPTIC_LISTENERS, tally->listeners->rows, tally->listeners->count);
	if (tally->listeners_alone)
		return;
	layout->snapshot.table[SYNOPTIC_NAMESPACES].count = 1;
	publish(layout, SYNOPTIC_OWNERS, tally->owners->rows, tally->owners->count);
	publish(layout, SYNOPTIC_DESTINATIONS, tally->destinations->rows, destinations);
}

/* What is asked of a scan, whatever the source. */
struct order {
	const char *procfs;
	struct plan plan;
	bool listeners_alone;
};

static int scan_source(struct layout *layout, const struct order *order,
		       enum synoptic_source source, deadline_t deadline)
{
	const struct plan *plan = &order->plan;
	char *start = (char *)layout;
	struct listeners listeners;
	struct owners owners;
	struct destinations destinations;
	struct tally tally;
	int status;

	layout->snapshot.source = source;
	listeners_start(&listeners, layout->listeners, plan->listeners,
			(void *)(start + plan->listener_index));
	owners_start(&owners, (void *)(start + plan->owner_rows), plan->owners,
		     (void *)(start + plan->owner_index));
	/* Nobody else knows the time to the nanosecond. */
	destinations_start(&destinations, start + plan->destinations, deadline);
	tally_start(&tally, &layout->snapshot, layout->namespaces, &listeners, &owners,
		    &destinations);
	tally.listeners_alone = order->listeners_alone;
	status = source == SYNOPTIC_SOURCE_PROC
			 ? proc_net_tcp_scan(&tally, order->procfs, deadline)
			 : sock_diag_scan(&tally, deadline);
	if (status)
		forget_counts(layout);
	else
		publish_counts(layout, &tally);
	return status;
}

/*
 * The way back from proc is the way there: every scan tries sock_diag first. A
 * refusal costs one system call, so there is nothing to remember, and the first scan
 * after it is lifted has the better figures. A source that hangs leaves half of the
 * time to the other.
 */
static int scan_best_source(struct layout *layout, const struct order *order, deadline_t deadline)
{
	int status = scan_source(layout, order, SYNOPTIC_SOURCE_SOCK_DIAG,
				 deadline_halfway(deadline));

	if (status == 0)
		return 0;
	layout->snapshot.fallback_error = (uint32_t)-status;
	return scan_source(layout, order, SYNOPTIC_SOURCE_PROC, deadline);
}

static int scan(enum synoptic_source source, struct order order, uint32_t timeout_ms, void *buffer,
		size_t size, uint32_t owners)
{
	struct layout *layout = buffer;
	deadline_t deadline = deadline_in(timeout_ms);

	if (!buffer || owners > HASH_ROWS_MOST || size < synoptic_snapshot_size(0, owners) ||
	    (uintptr_t)buffer % _Alignof(struct layout) || !order.procfs || timeout_ms == 0)
		return -EINVAL;
	if (source != SYNOPTIC_SOURCE_AUTO && source != SYNOPTIC_SOURCE_SOCK_DIAG &&
	    source != SYNOPTIC_SOURCE_PROC)
		return -EINVAL;

	order.plan = plan_for(listeners_in(size, owners), owners);
	lay_out(layout);
	if (source == SYNOPTIC_SOURCE_AUTO)
		return scan_best_source(layout, &order, deadline);
	return scan_source(layout, &order, source, deadline);
}

int synoptic_scan(enum synoptic_source source, const char *procfs, uint32_t timeout_ms,
		  void *buffer, size_t size, uint32_t owners)
{
	return scan(source, (struct order){ .procfs = procfs }, timeout_ms, buffer, size, owners);
}

int synoptic_scan_listeners(enum synoptic_source source, const char *procfs, uint32_t timeout_ms,
			    void *buffer, size_t size)
{
	struct order order = { .procfs = procfs, .listeners_alone = true };

	return scan(source, order, timeout_ms, buffer, size, 0);
}
