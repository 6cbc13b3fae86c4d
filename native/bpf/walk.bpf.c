// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * walk.bpf.c - walks the kernel's tables of TCP sockets, a chunk a run, and writes a record for
 * each socket into a map. It takes no lock, holds no reference and writes to its own maps alone.
 */
#include "chains.h"
#include "namespace_list.h"
#include "processes.h"
#include "run.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WALK_SLOTS);
	__type(key, __u32);
	__type(value, struct walk_records);
} records SEC(".maps");

/*
 * All static memory, for the one run that there is at a time. `used`, or clang makes several
 * variables of it, and libbpf refuses one that is smaller than BTF says.
 */
static __attribute__((used)) struct {
	__u32 busy;
	__u32 runs;
	struct walk_order order;
	struct namespace_cursor namespaces;
	struct process_cursor processes;
	struct table_cursor table;
	struct batch batch;
	struct chain_cursor chain;
} state;

static __always_inline bool walk_part(struct run *run)
{
	__u32 part = run->order->part;

	if (!start_namespaces(run->namespaces))
		return false;
	if (part == WALK_PROCESSES)
		walk_processes(run);
	else if (part == WALK_NAMESPACES || part == WALK_LIMITS)
		walk_namespaces(run);
	else
		walk_tables(run);
	return true;
}

/* The numbers below WALK_RUN_FIRST are results: enum walk_run. */
static __always_inline __u32 number_run(void)
{
	if (++state.runs < WALK_RUN_FIRST)
		state.runs = WALK_RUN_FIRST;
	return state.runs;
}

static __always_inline int walk(void)
{
	struct run run = {
		.order = &state.order, .namespaces = &state.namespaces,
		.processes = &state.processes, .table = &state.table, .batch = &state.batch,
		.chain = &state.chain,
	};
	__u32 number = number_run(), slot = number % WALK_SLOTS;

	run.records = bpf_map_lookup_elem(&records, &slot);
	if (!run.records)
		return WALK_RUN_REFUSED;
	/* Exchanges are barriers: a reader finds a new number before a new record. */
	__sync_lock_test_and_set(&run.records->begun, number);
	if (!walk_part(&run))
		return WALK_RUN_REFUSED;
	run.records->order = state.order;
	__sync_lock_test_and_set(&run.records->ended, number);
	return number;
}

/*
 * Attached to nothing: BPF_PROG_TEST_RUN runs it, under RCU. A program of the kind "syscall"
 * would take RCU's lock itself, and before Linux 6.9 bpf_loop() is not allowed under it.
 */
SEC("raw_tp")
int synoptic_walk(const struct walk_order *context)
{
	int number;

	if (context->version != WALK_VERSION || context->part > WALK_CONNECTIONS)
		return WALK_RUN_REFUSED;
	if (__sync_val_compare_and_swap(&state.busy, 0, 1) != 0)
		return WALK_RUN_BUSY;
	state.order = (struct walk_order){
		.version = context->version, .part = context->part,
		.position = context->position, .netns = context->netns,
		.bucket = context->bucket, .socket = context->socket,
	};
	number = walk();
	__sync_lock_test_and_set(&state.busy, 0);
	return number;
}

char _license[] SEC("license") = "GPL";
