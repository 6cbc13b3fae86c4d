/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* namespace_list.h - the list of network namespaces, and what is said of each. */
#ifndef NAMESPACE_LIST_H
#define NAMESPACE_LIST_H

#include "initial.h"
#include "namespace_limits.h"
#include "namespace_owner.h"
#include "run.h"

/* To get to where the last run has come to; the rest is to get further. */
#define SEEK_BUDGET (WALK_BUDGET / 8 * 7)
/* What one namespace can cost: all words of a bitmap, and user namespaces nested in each other. */
#define NAMESPACE_COST_MOST \
	(COST_NODE + COST_NAMESPACE + PORTS / 64 / WORDS * COST_WORDS + USER_NAMESPACES_MOST * COST_NODE)

_Static_assert(NAMESPACE_COST_MOST <= WALK_BUDGET - SEEK_BUDGET, "each run gets further");

/* The initial namespace is the first of the list, the head is in none. */
WHOLE struct {
	__u64 initial, head, entry;
} list;

static __always_inline __u64 net_of(__u64 entry)
{
	return entry - bpf_core_field_offset(struct net, list);
}

static __always_inline __u32 number_of(__u64 net)
{
	return CAST(net, net)->ns.inum;
}

static __always_inline bool at_end_of_list(void)
{
	return list.entry == list.head;
}

static __always_inline void to_next(void)
{
	list.entry = word_at(list.entry);
}

static __always_inline bool start_list(void)
{
	list.initial = initial_network_namespace();
	if (list.initial == 0)
		return false;
	list.head = word_at(PLACE(list.initial, net, list.prev));
	list.entry = PLACE(list.initial, net, list);
	return true;
}

static long seek(__u32 index, struct walk_order *order)
{
	if (at_end_of_list() || number_of(net_of(list.entry)) == order->netns)
		return 1;
	if (run.spent > SEEK_BUDGET) {
		run.cut++;
		list.entry = list.head;
		/* Or clang loads this and the next with one instruction, which the verifier refuses. */
		__asm__ volatile("");
		return 1;
	}
	spend(COST_NODE);
	to_next();
	return 0;
}

/*
 * To the namespace of this number. If it has gone, so may others before it have, and where the
 * rest of the list begins is lost: it is for the library to begin again.
 */
static __always_inline void seek_namespace(struct walk_order *order)
{
	if (order->netns == 0)
		return;
	bpf_loop(LOOP_MOST, seek, order, 0);
	if (at_end_of_list() && run.cut == 0)
		run.lost = 1;
}

static __always_inline void tell_namespace(struct walk_netns *record, __u64 net)
{
	record->number = number_of(net);
	record->cookie = word_at(PLACE(net, net, net_cookie));
	if (run.part == WALK_LIMITS) {
		tell_limits(record, net);
		record->owner_uid = owner_of(net);
	}
}

static long tell_next_namespace(__u32 index, void *unused)
{
	struct walk_records *map = the_records();
	__u32 number = run.recorded;

	if (!map || at_end_of_list()) {
		run.done = 1;
		return 1;
	}
	if (number >= WALK_NETNS || !can_spend(NAMESPACE_COST_MOST))
		return 1;
	spend(COST_NODE + COST_NAMESPACE);
	tell_namespace(&map->netns[number], net_of(list.entry));
	run.recorded = number + 1;
	to_next();
	return 0;
}

static __always_inline void walk_namespaces(struct walk_order *order)
{
	seek_namespace(order);
	bpf_loop(LOOP_MOST, tell_next_namespace, NULL, 0);
	if (!run.done)
		order->netns = number_of(net_of(list.entry));
}

#endif
