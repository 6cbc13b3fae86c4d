/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * run.h - what a run of the program has: its order, the memory for its records, its cursors, and
 * a budget. Every loop spends from the budget, so no run is longer than a chunk, whatever its
 * order is and whatever it finds.
 */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>

#include "../src/bpf_walk.h"
#include "kernel.h"

/*
 * The parts are in static memory: they need more than a stack's 512 bytes, and of a number on the
 * stack the verifier follows every value. These pointers are on the stack, because bpf_loop()
 * takes no other context. They cost nothing; a lookup of the records for each socket costs up to
 * 3 % of a walk.
 */
struct run {
	struct walk_order *order;
	struct walk_records *records;
	struct namespace_cursor *namespaces;
	struct process_cursor *processes;
	struct table_cursor *table;
	struct batch *batch;
	struct chain_cursor *chain;
};

/* A unit is about three nanoseconds. */
enum cost {
	COST_BUCKET = 2,
	COST_WORDS = 10, /* of a bitmap, WORDS of them */
	COST_NODE = 8,   /* of a list, a chain or a tree */
	COST_FETCH = 16,
	COST_SOCKET = 64,
	COST_TASK = 28,
	COST_PROCESS = 120,
	COST_NAMESPACE = 400,
};

/* Never reached: the budget ends every loop before. */
#define LOOP_MOST (1 << 20)

static __always_inline bool can_spend(const struct walk_order *order, __u32 cost)
{
	return order->spent + cost <= WALK_BUDGET;
}

/* False if the budget has less left: the loop ends. */
static __always_inline bool spend(struct walk_order *order, __u32 cost)
{
	if (!can_spend(order, cost))
		return false;
	order->spent += cost;
	return true;
}

#endif
