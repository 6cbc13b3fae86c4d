/* scan.c - which source, one scan, the snapshot. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bpf.h"
#include "deadline.h"
#include "destinations.h"
#include "listeners.h"
#include "namespaces.h"
#include "owners.h"
#include "proc_net_tcp.h"
#include "sock_diag.h"
#include "synoptic.h"
#include "tally.h"

/*
 * Offsets during a scan, in bytes from the start: rows follow the header, and indexes follow the
 * rows.
 */
struct plan {
	uint32_t namespaces, listeners, owners; /* rows that there is room for */
	size_t namespace_rows, listener_rows, owner_rows;
	size_t destinations;
	size_t listener_index, owner_index, namespace_index;
	size_t end;
};

static struct plan plan_for(uint32_t namespaces, uint32_t listeners, uint32_t owners)
{
	struct plan plan = { .namespaces = namespaces, .listeners = listeners, .owners = owners };
	/* Each namespace has a row for owners unknown, and the first has one of the OWNERS_ALWAYS. */
	uint32_t indexed_owners = owners + namespaces - 1;

	plan.namespace_rows = sizeof(struct synoptic_snapshot);
	plan.listener_rows = plan.namespace_rows + namespaces * sizeof(struct synoptic_namespace);
	plan.owner_rows = plan.listener_rows + listeners * sizeof(struct synoptic_listener);
	plan.destinations = plan.owner_rows +
			    (OWNERS_ALWAYS + indexed_owners) * sizeof(struct synoptic_owner);
	plan.listener_index = plan.destinations + DESTINATIONS_BYTES;
	plan.owner_index = plan.listener_index + hash_entries(listeners) * sizeof(hash_entry_t);
	plan.namespace_index = plan.owner_index +
			       hash_entries(indexed_owners) * sizeof(hash_entry_t);
	plan.end = plan.namespace_index + hash_entries(namespaces) * sizeof(hash_entry_t);
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
	/* Linux sets the nice value of a thread, POSIX that of a process: setpriority(2). */
	return setpriority(PRIO_PROCESS, 0, 10) < 0 ? -errno : 0;
}

uint64_t synoptic_cpu_nanoseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

size_t synoptic_snapshot_size(uint32_t listeners, uint32_t owners, uint32_t namespaces)
{
	if (listeners > HASH_ROWS_MOST || namespaces == 0 ||
	    (uint64_t)owners + namespaces - 1 > HASH_ROWS_MOST)
		return 0;
	return plan_for(namespaces, listeners, owners).end;
}

/* The most listeners that a buffer with so many owners and namespaces has room for. */
static uint32_t listeners_in(size_t size, uint32_t owners, uint32_t namespaces)
{
	uint32_t low = 0, high = HASH_ROWS_MOST;

	while (low < high) {
		uint32_t middle = (low + high + 1) / 2;

		if (synoptic_snapshot_size(middle, owners, namespaces) <= size)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static void lay_out(struct synoptic_snapshot *snapshot)
{
	static const uint32_t strides[SYNOPTIC_TABLES] = {
		[SYNOPTIC_NAMESPACES] = sizeof(struct synoptic_namespace),
		[SYNOPTIC_LISTENERS] = sizeof(struct synoptic_listener),
		[SYNOPTIC_OWNERS] = sizeof(struct synoptic_owner),
		[SYNOPTIC_DESTINATIONS] = sizeof(struct synoptic_destination),
	};

	*snapshot = (struct synoptic_snapshot){
		.abi = SYNOPTIC_ABI, .size = sizeof(*snapshot), .tables = SYNOPTIC_TABLES,
	};
	for (int i = 0; i < SYNOPTIC_TABLES; i++)
		snapshot->table[i] = (struct synoptic_table){
			.offset = snapshot->size, .stride = strides[i],
		};
}

/* The counts of a failed scan are cleared; only the rejected messages are kept. */
static void forget_counts(struct synoptic_snapshot *snapshot)
{
	snapshot->scanned_sockets = 0;
	snapshot->duplicate_sockets = 0;
	snapshot->unlisted_listeners = 0;
	snapshot->unlisted_namespaces = 0;
}

/* Moves a table's rows, which are there or further back, to the end of the snapshot. */
static void publish(struct synoptic_snapshot *snapshot, enum synoptic_table_number number,
		    const void *rows, uint32_t count)
{
	struct synoptic_table *table = &snapshot->table[number];

	table->offset = snapshot->size;
	table->count = count;
	memmove((char *)snapshot + table->offset, rows, (size_t)count * table->stride);
	snapshot->size += count * table->stride;
}

/*
 * Counts, except the listeners' own, have a meaning only if every socket was read. The table of
 * namespaces is kept if there are several, because listeners refer to its rows.
 */
static void publish_counts(const struct tally *tally, const struct namespaces *namespaces)
{
	struct synoptic_snapshot *snapshot = tally->snapshot;
	bool all = !tally->listeners_alone;
	uint32_t destinations = destinations_end(tally->destinations, namespaces->rows,
						 namespaces->count);

	for (uint32_t i = 0; i < namespaces->count && all; i++)
		namespaces->rows[i].known = tally->known;
	publish(snapshot, SYNOPTIC_NAMESPACES, namespaces->rows,
		all || snapshot->source == SYNOPTIC_SOURCE_BPF ? namespaces->count : 0);
	publish(snapshot, SYNOPTIC_LISTENERS, tally->listeners->rows, tally->listeners->count);
	publish(snapshot, SYNOPTIC_OWNERS, tally->owners->rows, all ? tally->owners->count : 0);
	publish(snapshot, SYNOPTIC_DESTINATIONS, tally->destinations->rows, all ? destinations : 0);
}

/* What the caller asks for, with any source. */
struct order {
	uint32_t timeout_ms;
	void *buffer;
	size_t size;
	uint32_t owners, namespaces;
	bool listeners_alone;
	const char *procfs;
	bool unordered; /* procfs lists listeners after connections */
	bool node; /* every namespace, through SYNOPTIC_SOURCE_BPF */
	int program, records;
};

static int read_source(struct tally *tally, struct namespaces *namespaces,
		       const struct order *order, deadline_t deadline)
{
	if (tally->snapshot->source == SYNOPTIC_SOURCE_BPF)
		return bpf_scan(tally, namespaces, order->program, order->records, deadline);
	/* The caller's namespace is the only one, and its number is not read. */
	namespaces_row(namespaces, 0);
	if (tally->snapshot->source == SYNOPTIC_SOURCE_PROC)
		return proc_net_tcp_scan(tally, order->procfs, !order->unordered, deadline);
	return sock_diag_scan(tally, deadline);
}

static int scan_source(const struct order *order, const struct plan *plan,
		       enum synoptic_source source, deadline_t deadline)
{
	struct synoptic_snapshot *snapshot = order->buffer;
	char *start = order->buffer;
	struct namespaces namespaces;
	struct listeners listeners;
	struct owners owners;
	struct destinations destinations;
	struct tally tally;
	int status;

	snapshot->source = source;
	namespaces_start(&namespaces, (void *)(start + plan->namespace_rows), plan->namespaces,
			 (void *)(start + plan->namespace_index));
	listeners_start(&listeners, (void *)(start + plan->listener_rows), plan->listeners,
			(void *)(start + plan->listener_index));
	owners_start(&owners, (void *)(start + plan->owner_rows), plan->owners, plan->namespaces,
		     (void *)(start + plan->owner_index));
	/* No peer knows the time to the nanosecond. */
	destinations_start(&destinations, start + plan->destinations, deadline);
	tally_start(&tally, snapshot, namespaces.rows, &listeners, &owners, &destinations);
	tally.listeners_alone = order->listeners_alone;
	status = read_source(&tally, &namespaces, order, deadline);
	if (status)
		forget_counts(snapshot);
	else
		publish_counts(&tally, &namespaces);
	return status;
}

static int scan_proc(struct order *order, const struct plan *plan, deadline_t deadline)
{
	int status = scan_source(order, plan, SYNOPTIC_SOURCE_PROC, deadline);

	if (status <= 0)
		return status;
	order->unordered = true;
	return scan_source(order, plan, SYNOPTIC_SOURCE_PROC, deadline);
}

/* If a namespace is removed, the walk may lose its place: it is repeated until the deadline. */
static int scan_bpf(const struct order *order, const struct plan *plan, deadline_t deadline)
{
	int status;

	do
		status = scan_source(order, plan, SYNOPTIC_SOURCE_BPF, deadline);
	while (status > 0);
	return status;
}

/*
 * Every scan tries sock_diag first. A refusal costs one system call, so nothing is remembered,
 * and the first scan after it is lifted has the better figures. If sock_diag is slow, or short of
 * memory or descriptors, a source that costs more is no help.
 */
static int scan_best_source(struct order *order, const struct plan *plan,
			    deadline_t deadline)
{
	struct synoptic_snapshot *snapshot = order->buffer;
	int status = scan_source(order, plan, SYNOPTIC_SOURCE_SOCK_DIAG, deadline);

	if (synoptic_refusal(-status) == SYNOPTIC_REFUSAL_NONE)
		return status;
	snapshot->fallback_error = (uint32_t)-status;
	return scan_proc(order, plan, deadline);
}

static bool is_complete(enum synoptic_source source, const struct order *order)
{
	if (order->node)
		return source == SYNOPTIC_SOURCE_BPF;
	return order->procfs && (source == SYNOPTIC_SOURCE_AUTO ||
				 source == SYNOPTIC_SOURCE_SOCK_DIAG ||
				 source == SYNOPTIC_SOURCE_PROC);
}

static int scan(enum synoptic_source source, struct order *order)
{
	deadline_t deadline = deadline_in(order->timeout_ms);
	size_t least = synoptic_snapshot_size(0, order->owners, order->namespaces);
	struct plan plan;

	if (!order->buffer || order->size < sizeof(struct synoptic_snapshot) ||
	    (uintptr_t)order->buffer % _Alignof(struct synoptic_snapshot))
		return -EINVAL;
	/* Before any other return: the buffer may have the counts of the last scan. */
	lay_out(order->buffer);
	if (!is_complete(source, order) || least == 0 || order->size < least ||
	    order->timeout_ms == 0)
		return -EINVAL;

	plan = plan_for(order->namespaces,
			listeners_in(order->size, order->owners, order->namespaces), order->owners);
	if (source == SYNOPTIC_SOURCE_AUTO)
		return scan_best_source(order, &plan, deadline);
	if (source == SYNOPTIC_SOURCE_PROC)
		return scan_proc(order, &plan, deadline);
	if (source == SYNOPTIC_SOURCE_BPF)
		return scan_bpf(order, &plan, deadline);
	return scan_source(order, &plan, source, deadline);
}

/* One namespace, the caller's. */
static int scan_own(enum synoptic_source source, struct order *order)
{
	order->namespaces = 1;
	return scan(source, order);
}

int synoptic_scan(enum synoptic_source source, const char *procfs, uint32_t timeout_ms,
		  void *buffer, size_t size, uint32_t owners)
{
	struct order order = {
		.timeout_ms = timeout_ms, .buffer = buffer, .size = size,
		.owners = owners, .procfs = procfs,
	};

	return scan_own(source, &order);
}

int synoptic_scan_listeners(enum synoptic_source source, const char *procfs, uint32_t timeout_ms,
			    void *buffer, size_t size)
{
	struct order order = {
		.timeout_ms = timeout_ms, .buffer = buffer, .size = size,
		.procfs = procfs, .listeners_alone = true,
	};

	return scan_own(source, &order);
}

int synoptic_scan_node(int program, int records, uint32_t timeout_ms, void *buffer, size_t size,
		       uint32_t owners, uint32_t namespaces)
{
	struct order order = {
		.timeout_ms = timeout_ms, .buffer = buffer, .size = size,
		.owners = owners, .namespaces = namespaces,
		.node = true, .program = program, .records = records,
	};

	return scan(SYNOPTIC_SOURCE_BPF, &order);
}

int synoptic_scan_node_listeners(int program, int records, uint32_t timeout_ms, void *buffer,
				 size_t size, uint32_t namespaces)
{
	struct order order = {
		.timeout_ms = timeout_ms, .buffer = buffer, .size = size,
		.namespaces = namespaces, .listeners_alone = true,
		.node = true, .program = program, .records = records,
	};

	return scan(SYNOPTIC_SOURCE_BPF, &order);
}
