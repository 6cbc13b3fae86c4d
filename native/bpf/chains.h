/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * chains.h - the chains of a table.
 *
 * A chain is read under RCU, which keeps its sockets' memory from another use. But a socket that
 * closes may become another connection at once (SLAB_TYPESAFE_BY_RCU), in another chain, and lead
 * the walk there. Each chain ends in its bucket's number: if it is another bucket's, the chain is
 * walked again, as in __inet_lookup_established().
 */
#ifndef CHAINS_H
#define CHAINS_H

#include "batch.h"
#include "run.h"
#include "socket.h"
#include "tables.h"

/* The end of a listeners' chain, less its bucket: include/net/inet_hashtables.h. */
#define LISTENING_NULLS_BASE (1U << 29)
/* After so many the records of the last one are kept. */
#define REWALKS_MOST 16

struct chain_cursor {
	__u64 node;
	__u32 socket;       /* of the chain, the next */
	__u32 skip;         /* sockets of it that earlier runs have recorded */
	__u32 first_record; /* of the chain */
	__u32 rewalks;      /* of the chain */
	__u32 finished;     /* chains of this run */
	bool stopped;       /* no room or no budget for the rest */
};

static long walk_socket(__u32 index, struct run *run)
{
	struct chain_cursor *chain = run->chain;
	struct walk_order *order = run->order;
	__u32 number = order->records;
	__u64 node = chain->node;

	if (node & 1)
		return 1;
	if (number >= WALK_SOCKETS || !can_spend(order, COST_NODE + COST_SOCKET)) {
		chain->stopped = true;
		return 1;
	}
	spend(order, COST_NODE);
	chain->node = word_at(node);
	if (chain->socket++ < chain->skip)
		return 0;
	spend(order, COST_SOCKET);
	order->records += read_socket(order, &run->records->sockets[number],
			node - bpf_core_field_offset(struct sock_common, skc_nulls_node));
	return 0;
}

static __always_inline void walk_chain(struct run *run)
{
	struct chain_cursor *chain = run->chain;

	chain->node = chain_in(run->table, bucket(run->batch));
	chain->socket = 0;
	chain->first_record = run->order->records;
	chain->stopped = !spend(run->order, COST_BUCKET);
	if (!chain->stopped)
		bpf_loop(LOOP_MOST, walk_socket, run, 0);
}

static __always_inline void to_next_chain(struct run *run)
{
	run->batch->walked++;
	run->chain->skip = 0;
	run->chain->rewalks = 0;
}

/*
 * The run ends: it has no room or no budget left. The next one starts
 *   - with this chain, if it isn't the first of the run;
 *   - in this chain, where the run got to, if the chain is longer than a whole run;
 *   - after this chain, if the run only got to where the last one ended: the rest is cut.
 */
static __always_inline void stop_in_chain(struct run *run)
{
	struct chain_cursor *chain = run->chain;

	if (chain->finished > 0 || run->batch->number > 1) {
		run->order->records = chain->first_record;
	} else if (chain->socket > chain->skip) {
		chain->skip = chain->socket;
	} else {
		run->order->cut++;
		to_next_chain(run);
	}
}

/* The number that the chain of the bucket ends in. */
static __always_inline __u32 end_of_chain(const struct run *run)
{
	return bucket(run->batch) + (run->order->part == WALK_LISTENERS ? LISTENING_NULLS_BASE : 0);
}

static __always_inline void finish_chain(struct run *run)
{
	struct chain_cursor *chain = run->chain;

	if (chain->node >> 1 != end_of_chain(run) && chain->rewalks < REWALKS_MOST) {
		run->order->records = chain->first_record;
		run->order->rewalked++;
		chain->rewalks++;
		return;
	}
	chain->finished++;
	to_next_chain(run);
}

/* A batch, or the next table. False at the end of the run. */
static __always_inline bool get_chains(struct run *run)
{
	struct chain_cursor *chain = run->chain;
	struct batch *batch = run->batch;

	if (batch->next >= run->table->buckets) {
		chain->skip = 0;
		return to_next_table(run);
	}
	if (!to_next_batch(run))
		return false;
	/* The chain that the last run ended in is gone: there is nothing to skip. */
	if (batch->count == 0 || batch->occupied[0] != batch->next - BATCH)
		chain->skip = 0;
	/* A chain that takes several runs is longer than the rows that would be fetched. */
	if (run->order->part == WALK_CONNECTIONS && chain->skip == 0)
		fetch_chains(run);
	return true;
}

/* False at the end of the run. */
static __always_inline bool end_chain(struct run *run)
{
	if (run->chain->stopped) {
		stop_in_chain(run);
		return false;
	}
	finish_chain(run);
	return true;
}

static long step(__u32 index, struct run *run)
{
	if (run->batch->walked == run->batch->count)
		return !get_chains(run);
	walk_chain(run);
	return !end_chain(run);
}

static __always_inline void walk_tables(struct run *run)
{
	struct walk_order *order = run->order;

	seek_namespace(run);
	if (at_end(run->namespaces)) {
		order->done = 1;
		return;
	}
	start_table(run);
	*run->chain = (struct chain_cursor){ .skip = order->socket };
	bpf_loop(LOOP_MOST, step, run, 0);
	order->netns = number_of(current_net(run->namespaces));
	order->bucket = bucket(run->batch);
	order->socket = run->chain->skip;
}

#endif
