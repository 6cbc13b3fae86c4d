/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * chains.h - the chains of a table.
 *
 * A chain is read under RCU, so no socket of it is freed meanwhile into another use; but one
 * that closes may come back as another connection (SLAB_TYPESAFE_BY_RCU) in another chain, and
 * leads the walk there. Each chain ends in a number of its own: if it is another's, the chain
 * is walked again, as __inet_lookup_established() does.
 */
#ifndef CHAINS_H
#define CHAINS_H

#include "run.h"
#include "socket.h"
#include "tables.h"

/* What a listeners' chain ends in, less its bucket: include/net/inet_hashtables.h. */
#define LISTENING_NULLS_BASE (1U << 29)
/* A chain that never comes to rest is recorded as it was met last. */
#define REWALKS_MOST 16

WHOLE struct {
	__u64 node;
	__u32 socket, skip, first_record, rewalks;
	__u32 finished; /* chains, in this run */
	bool stopped;
} chain;

static long walk_socket(__u32 index, void *unused)
{
	__u64 node = chain.node;
	struct walk_records *map = the_records();
	__u32 number = run.recorded;

	if (!map || (node & 1))
		return 1;
	if (number >= WALK_SOCKETS || !can_spend(COST_NODE + COST_SOCKET)) {
		chain.stopped = true;
		return 1;
	}
	spend(COST_NODE);
	chain.node = word_at(node);
	if (chain.socket++ < chain.skip)
		return 0;
	spend(COST_SOCKET);
	run.recorded += tell(&map->sockets[number],
			 node - bpf_core_field_offset(struct sock_common, skc_nulls_node));
	return 0;
}

static __always_inline void walk_chain(void)
{
	chain.node = chain_in(bucket());
	chain.socket = 0;
	chain.first_record = run.recorded;
	chain.stopped = !spend(COST_BUCKET);
	if (!chain.stopped)
		bpf_loop(LOOP_MOST, walk_socket, NULL, 0);
}

static __always_inline void to_next_chain(void)
{
	batch.walked++;
	chain.skip = 0;
	chain.rewalks = 0;
}

/*
 * Ends a run that has no room or no budget left: before the chain, or in one that a whole run
 * isn't enough for: the first of the first batch. That one is left if the way to where the last
 * run has come to takes it all.
 */
static __always_inline void stop_in_chain(void)
{
	if (chain.finished > 0 || batch.number > 1) {
		run.recorded = chain.first_record;
	} else if (chain.socket > chain.skip) {
		chain.skip = chain.socket;
	} else {
		run.cut++;
		to_next_chain();
	}
}

/* What the chain of the bucket ends in. */
static __always_inline __u32 last_of_chain(void)
{
	return run.part == WALK_LISTENERS ? bucket() + LISTENING_NULLS_BASE : bucket();
}

static __always_inline void finish_chain(void)
{
	if (chain.node >> 1 != last_of_chain() && chain.rewalks < REWALKS_MOST) {
		run.recorded = chain.first_record;
		chain.rewalks++;
		run.rewalked++;
		return;
	}
	chain.finished++;
	to_next_chain();
}

/* A batch, or the next table. False at the end of the run. */
static __always_inline bool get_chains(void)
{
	if (batch.next >= table.buckets) {
		chain.skip = 0;
		return to_next_table();
	}
	if (!to_next_batch())
		return false;
	/* Of a chain that has gone there is nothing to skip. */
	if (batch.count == 0 || batch.occupied[0] != batch.next - BATCH)
		chain.skip = 0;
	/* A chain that takes several runs is longer than what is fetched of it. */
	if (run.part == WALK_CONNECTIONS && chain.skip == 0)
		fetch_chains();
	return true;
}

static long step(__u32 index, void *unused)
{
	if (batch.walked == batch.count)
		return !get_chains();
	walk_chain();
	if (chain.stopped) {
		stop_in_chain();
		return 1;
	}
	finish_chain();
	return 0;
}

static __always_inline void walk_tables(struct walk_order *order)
{
	seek_namespace(order);
	if (at_end_of_list()) {
		run.done = 1;
		return;
	}
	start_table(order);
	chain.skip = order->socket;
	chain.rewalks = 0;
	chain.finished = 0;
	bpf_loop(LOOP_MOST, step, NULL, 0);
	order->netns = number_of(net_of(list.entry));
	order->bucket = bucket();
	order->socket = chain.skip;
}

#endif
