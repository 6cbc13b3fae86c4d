/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * run.h - what a run has: the place for its records, and a budget that every loop spends from,
 * so that none is longer than a chunk, whatever it was asked and whatever it meets.
 */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>

#include "../src/bpf_walk.h"
#include "kernel.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WALK_SLOTS);
	__type(key, __u32);
	__type(value, struct walk_records);
} records SEC(".maps");

/* A variable that clang doesn't take apart: libbpf knows it by one size. */
#define WHOLE static __attribute__((used))

/* The state of the one run that there is at a time: a stack has no room for it. */
WHOLE struct {
	__u32 number, part;
	__u32 spent;
	__u32 recorded, torn, cut, rewalked, lost, done;
} run;

/* A unit is some three nanoseconds. */
enum cost {
	COST_BUCKET = 2,
	COST_WORDS = 10, /* of a bitmap, WORDS of them */
	COST_NODE = 8,  /* of a list, a chain or a tree */
	COST_FETCH = 16,
	COST_SOCKET = 64,
	COST_TASK = 28,
	COST_PROCESS = 120,
	COST_NAMESPACE = 400,
};

/* No loop gets there: the budget ends it. */
#define LOOP_MOST (1 << 20)

static __always_inline bool can_spend(__u32 cost)
{
	return run.spent + cost <= WALK_BUDGET;
}

/* False if so much isn't left: the loop that asked ends. */
static __always_inline bool spend(__u32 cost)
{
	if (!can_spend(cost))
		return false;
	run.spent += cost;
	return true;
}

static __always_inline struct walk_records *the_records(void)
{
	__u32 key = run.number % WALK_SLOTS;

	return bpf_map_lookup_elem(&records, &key);
}

#endif
