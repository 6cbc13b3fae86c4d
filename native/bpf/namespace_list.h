/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* namespace_list.h - the list of network namespaces, net_namespace_list, and a record for each. */
#ifndef NAMESPACE_LIST_H
#define NAMESPACE_LIST_H

#include "initial.h"
#include "namespace_limits.h"
#include "namespace_owner.h"
#include "run.h"

/* To find where the last run ended; the rest is for what follows. */
#define SEEK_BUDGET (WALK_BUDGET / 8 * 7)
/* Of one namespace: all words of a bitmap, and the deepest nesting of user namespaces. */
#define NAMESPACE_COST_MOST \
	(COST_NODE + COST_NAMESPACE + PORTS / 64 / WORDS * COST_WORDS + USER_NAMESPACES_MOST * COST_NODE)

_Static_assert(NAMESPACE_COST_MOST <= WALK_BUDGET - SEEK_BUDGET, "every run makes progress");

struct namespace_cursor {
	__u64 initial; /* the struct net of the first entry */
	__u64 head;    /* of the list; part of no struct net */
	__u64 entry;   /* the current one: net->list, or the head at the end */
};

static __always_inline __u64 net_of(__u64 entry)
{
	return entry - bpf_core_field_offset(struct net, list);
}

static __always_inline __u64 current_net(const struct namespace_cursor *namespaces)
{
	return net_of(namespaces->entry);
}

static __always_inline __u32 number_of(__u64 net)
{
	return CAST(net, net)->ns.inum;
}

static __always_inline bool at_first(const struct namespace_cursor *namespaces)
{
	return namespaces->entry == PLACE(namespaces->initial, net, list);
}

static __always_inline bool at_end(const struct namespace_cursor *namespaces)
{
	return namespaces->entry == namespaces->head;
}

static __always_inline void to_next(struct namespace_cursor *namespaces)
{
	namespaces->entry = word_at(namespaces->entry);
}

static __always_inline bool start_namespaces(struct namespace_cursor *namespaces)
{
	namespaces->initial = initial_network_namespace();
	if (namespaces->initial == 0)
		return false;
	namespaces->head = word_at(PLACE(namespaces->initial, net, list.prev));
	namespaces->entry = PLACE(namespaces->initial, net, list);
	return true;
}

static long seek(__u32 index, struct run *run)
{
	struct namespace_cursor *namespaces = run->namespaces;
	struct walk_order *order = run->order;

	if (at_end(namespaces) || number_of(current_net(namespaces)) == order->netns)
		return 1;
	if (order->spent > SEEK_BUDGET) {
		order->cut++;
		namespaces->entry = namespaces->head;
		/* Or clang merges this load with the next one, which the verifier refuses. */
		__asm__ volatile("");
		return 1;
	}
	spend(order, COST_NODE);
	to_next(namespaces);
	return 0;
}

/*
 * To the namespace with the order's number. If it is gone, others before it may be gone too, and
 * nobody knows where the rest of the list begins: `lost` has the library start the walk again.
 */
static __always_inline void seek_namespace(struct run *run)
{
	struct walk_order *order = run->order;

	if (order->netns == 0)
		return;
	bpf_loop(LOOP_MOST, seek, run, 0);
	if (at_end(run->namespaces) && order->cut == 0)
		order->lost = 1;
}

static __always_inline void read_namespace(struct run *run, struct walk_netns *record)
{
	__u64 net = current_net(run->namespaces);

	record->number = number_of(net);
	record->cookie = word_at(PLACE(net, net, net_cookie));
	if (run->order->part == WALK_LIMITS) {
		read_limits(run->order, record, net);
		record->owner_uid = owner_of(run->order, net);
	}
}

static long read_next_namespace(__u32 index, struct run *run)
{
	struct walk_order *order = run->order;
	__u32 number = order->records;

	if (at_end(run->namespaces)) {
		order->done = 1;
		return 1;
	}
	if (number >= WALK_NETNS || !can_spend(order, NAMESPACE_COST_MOST))
		return 1;
	spend(order, COST_NODE + COST_NAMESPACE);
	read_namespace(run, &run->records->netns[number]);
	order->records = number + 1;
	to_next(run->namespaces);
	return 0;
}

static __always_inline void walk_namespaces(struct run *run)
{
	seek_namespace(run);
	bpf_loop(LOOP_MOST, read_next_namespace, run, 0);
	if (!run->order->done)
		run->order->netns = number_of(current_net(run->namespaces));
}

#endif
