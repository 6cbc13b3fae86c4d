/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * tables.h - the tables of sockets, one after the other: the host's, and those that namespaces
 * have of their own; and of each a batch of buckets at a time.
 */
#ifndef TABLES_H
#define TABLES_H

#include "namespace_list.h"
#include "run.h"

/* Buckets that are looked at together, a power of two. */
#define BATCH 64
/* How far into their chains sockets are fetched: most are shorter. */
#define ROWS 16
/* Of a table: behind all of its buckets. */
#define NO_BUCKET (~0U)

WHOLE struct {
	__u64 host_hashinfo, first_bucket;
	__u32 bucket_size, buckets;
} table;

/* Which of its buckets have a chain, how many are done, and where the next batch begins. */
WHOLE struct {
	__u32 occupied[BATCH], count, walked, next;
	__u32 number; /* of this run's batches */
} batch;

/* How many chains go on, and where each is. */
WHOLE struct {
	__u32 chains;
	__u64 node[BATCH], sum;
} fetch;

static __always_inline __u64 hashinfo_of(__u64 net)
{
	return word_at(PLACE(net, net, ipv4.tcp_death_row.hashinfo));
}

static __always_inline __u64 table_of(__u64 hashinfo)
{
	if (run.part == WALK_LISTENERS)
		return word_at(PLACE(hashinfo, inet_hashinfo, lhash2));
	return word_at(PLACE(hashinfo, inet_hashinfo, ehash));
}

/* Of listeners there is one for all in every kernel so far, of connections not. */
static __always_inline bool has_own_table(__u64 net)
{
	__u64 hashinfo = hashinfo_of(net);

	return hashinfo != table.host_hashinfo &&
	       table_of(hashinfo) != table_of(table.host_hashinfo);
}

/* To the next of the namespaces that has a table of its own. */
static long seek_table(__u32 index, bool *found)
{
	if (!spend(4 * COST_NODE))
		return 1;
	to_next();
	if (at_end_of_list()) {
		run.done = 1;
		return 1;
	}
	if (!has_own_table(net_of(list.entry)))
		return 0;
	*found = true;
	return 1;
}

static __always_inline void choose_table(void)
{
	__u64 hashinfo = hashinfo_of(net_of(list.entry));

	if (run.part == WALK_LISTENERS) {
		table.first_bucket = table_of(hashinfo) +
				     bpf_core_field_offset(struct inet_listen_hashbucket, nulls_head);
		table.bucket_size = bpf_core_type_size(struct inet_listen_hashbucket);
		table.buckets = CAST(inet_hashinfo, hashinfo)->lhash2_mask + 1;
	} else {
		table.first_bucket = table_of(hashinfo);
		table.bucket_size = sizeof(void *);
		table.buckets = CAST(inet_hashinfo, hashinfo)->ehash_mask + 1;
	}
	batch.count = 0;
	batch.walked = 0;
	batch.next = 0;
}

/* The host's table belongs to the first namespace, and is walked with it alone. */
static __always_inline void start_table(const struct walk_order *order)
{
	table.host_hashinfo = hashinfo_of(list.initial);
	choose_table();
	batch.number = 0;
	batch.next = list.entry == PLACE(list.initial, net, list) ||
		     has_own_table(net_of(list.entry)) ? order->bucket : NO_BUCKET;
}

/* False at the end of all tables, or of the budget: then the search goes on in the next run. */
static __always_inline bool to_next_table(void)
{
	bool found = false;

	bpf_loop(LOOP_MOST, seek_table, &found, 0);
	if (found)
		choose_table();
	else
		batch.next = NO_BUCKET;
	return found;
}

/* Of a socket, from each of its cache lines that are read of every one. */
static __always_inline __u64 fetch_socket(__u64 node)
{
	__u64 address = node - bpf_core_field_offset(struct sock_common, skc_nulls_node);

	return word_at(address) + word_at(PLACE(address, sock_common, skc_refcnt)) +
	       word_at(PLACE(address, sock, sk_wmem_queued)) +
	       word_at(PLACE(address, sock, sk_cgrp_data));
}

/* Keeps a chain if it goes on. No branch waits for what `node` is. */
static __always_inline __u32 keep_chain(__u32 chains, __u64 node)
{
	fetch.node[chains & (BATCH - 1)] = node;
	return chains + 1 - (node & 1);
}

/* The next socket of each chain that goes on. */
static long fetch_row(__u32 index, void *unused)
{
	__u32 chains = fetch.chains, kept = 0;
	__u64 sum = 0;

	/* What is left is for the chains. */
	if (run.spent > WALK_BUDGET / 2 || !spend(chains * COST_FETCH))
		return 1;
	for (__u32 i = 0; i < BATCH && i < chains; i++) {
		__u64 node = fetch.node[i];

		sum += fetch_socket(node);
		kept = keep_chain(kept, word_at(node));
	}
	fetch.chains = kept;
	fetch.sum = sum;
	return kept == 0;
}

/*
 * The sockets of a table are all over the memory, and each step of a walk would wait for it:
 * what comes next is known only when the last has come. Chains side by side wait together.
 * What is fetched here is not looked at; the sum is so that it isn't for nothing.
 */
static __always_inline void fetch_chains(void)
{
	fetch.chains = batch.count;
	bpf_loop(ROWS, fetch_row, NULL, 0);
}

static __always_inline __u64 chain_in(__u32 bucket)
{
	return word_at(table.first_bucket + (__u64)bucket * table.bucket_size);
}

/* False at the end of the budget. */
static __always_inline bool to_next_batch(void)
{
	__u32 count = 0;

	if (!spend(BATCH * COST_BUCKET))
		return false;
	for (__u32 i = 0; i < BATCH && batch.next + i < table.buckets; i++) {
		batch.occupied[count & (BATCH - 1)] = batch.next + i;
		count = keep_chain(count, chain_in(batch.next + i));
	}
	batch.count = count;
	batch.walked = 0;
	batch.next += BATCH;
	batch.number++;
	return true;
}

/* The bucket that is walked next. */
static __always_inline __u32 bucket(void)
{
	return batch.walked < batch.count ? batch.occupied[batch.walked & (BATCH - 1)] : batch.next;
}

#endif
