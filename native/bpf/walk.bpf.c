// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * walk.bpf.c - walks the kernel's tables of TCP sockets, a chunk a run, and writes what it
 * meets into a map. It takes no lock, holds no reference and writes nothing but its own maps.
 */
#include "chains.h"
#include "namespace_list.h"
#include "processes.h"
#include "run.h"

/* There is one run at a time, for what is in static memory is that of all. */
static __u32 busy;
static __u32 runs;

static __always_inline bool walk_part(struct walk_order *order)
{
	if (!start_list())
		return false;
	if (run.part == WALK_PROCESSES)
		walk_processes(order);
	else if (run.part == WALK_NAMESPACES || run.part == WALK_LIMITS)
		walk_namespaces(order);
	else
		walk_tables(order);
	return true;
}

/* A number for the run: some of them say what has become of one. */
static __always_inline __u32 number_run(void)
{
	if (++runs < WALK_RUN_FIRST)
		runs = WALK_RUN_FIRST;
	return runs;
}

static __always_inline int walk(struct walk_order *order)
{
	struct walk_records *map;

	__builtin_memset(&run, 0, sizeof(run));
	run.number = number_run();
	run.part = order->part;
	map = the_records();
	if (!map)
		return WALK_RUN_REFUSED;
	/* Exchanges are barriers: a reader meets a new number before a new record. */
	__sync_lock_test_and_set(&map->begun, run.number);
	if (!walk_part(order))
		return WALK_RUN_REFUSED;
	order->records = run.recorded;
	order->done = run.done;
	order->rewalked = run.rewalked;
	order->torn = run.torn;
	order->cut = run.cut;
	order->lost = run.lost;
	order->spent = run.spent;
	map->order = *order;
	__sync_lock_test_and_set(&map->ended, run.number);
	return run.number;
}

/*
 * Attached to nothing: BPF_PROG_TEST_RUN runs it, under RCU. A program of the kind "syscall"
 * would have to take RCU's lock itself, and holding that it must not call back before Linux 6.9.
 */
SEC("raw_tp")
int synoptic_walk(const struct walk_order *context)
{
	struct walk_order order = {
		.version = context->version, .part = context->part,
		.position = context->position, .netns = context->netns,
		.bucket = context->bucket, .socket = context->socket,
	};
	int number;

	if (order.version != WALK_VERSION || order.part > WALK_CONNECTIONS)
		return WALK_RUN_REFUSED;
	if (__sync_val_compare_and_swap(&busy, 0, 1) != 0)
		return WALK_RUN_BUSY;
	number = walk(&order);
	__sync_lock_test_and_set(&busy, 0);
	return number;
}

char _license[] SEC("license") = "GPL";
