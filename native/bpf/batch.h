/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* batch.h - a batch of buckets of one table: which of them have a chain, and their sockets fetched. */
#ifndef BATCH_H
#define BATCH_H

#include "run.h"

/* Buckets in a batch, a power of two. With 16 a walk of connections takes 1.2 times as long. */
#define BATCH 64
/* Sockets of each chain that are fetched: most chains are shorter. */
#define ROWS 16

struct table_cursor {
	__u64 host_hashinfo; /* of the initial namespace */
	__u64 first_bucket;
	__u32 bucket_size, buckets;
};

struct batch {
	__u32 occupied[BATCH]; /* buckets with a chain, */
	__u32 count, walked;   /* how many, and how many of them are walked */
	__u32 next;            /* bucket, where the next batch begins */
	__u32 number;          /* batches of this run so far */
	__u32 chains;          /* still fetched, and where each is: */
	__u64 node[BATCH], sum;
};

static __always_inline void start_batches(struct batch *batch, __u32 bucket)
{
	batch->count = 0;
	batch->walked = 0;
	batch->next = bucket;
}

/*
 * One word from each of the cache lines that are read of every socket. With the first alone a walk
 * takes 1.6 times as long: almost as long as without fetch_chains().
 */
static __always_inline __u64 fetch_socket(__u64 node)
{
	__u64 address = node - bpf_core_field_offset(struct sock_common, skc_nulls_node);

	return word_at(address) + word_at(PLACE(address, sock_common, skc_refcnt)) +
	       word_at(PLACE(address, sock, sk_wmem_queued)) +
	       word_at(PLACE(address, sock, sk_cgrp_data));
}

/*
 * Keeps a chain if it has another node. With a branch in place of the sum the verifier follows both
 * ways for each of 64 chains, and gives up at its 1,000,000 instructions.
 */
static __always_inline __u32 keep_chain(struct batch *batch, __u32 chains, __u64 node)
{
	batch->node[chains & (BATCH - 1)] = node;
	return chains + 1 - (node & 1);
}

/* The next socket of every chain that has one. */
static long fetch_row(__u32 index, struct run *run)
{
	struct batch *batch = run->batch;
	__u32 chains = batch->chains, kept = 0;
	__u64 sum = 0;

	/* The other half is for the walk of the chains. */
	if (run->order->spent > WALK_BUDGET / 2 || !spend(run->order, chains * COST_FETCH))
		return 1;
	for (__u32 i = 0; i < BATCH && i < chains; i++) {
		__u64 node = batch->node[i];

		sum += fetch_socket(node);
		kept = keep_chain(batch, kept, word_at(node));
	}
	batch->chains = kept;
	batch->sum = sum;
	return kept == 0;
}

/*
 * Reads the sockets of all chains of the batch into the CPU's caches. A walk of one chain waits
 * for memory at every socket, because only a socket has the address of the next; 64 chains side
 * by side wait together. Without it 1,000,000 connections take 1.6 to 1.8 times as long. The sum
 * keeps the compiler from leaving the reads out.
 */
static __always_inline void fetch_chains(struct run *run)
{
	run->batch->chains = run->batch->count;
	bpf_loop(ROWS, fetch_row, run, 0);
}

static __always_inline __u64 chain_in(const struct table_cursor *table, __u32 bucket)
{
	return word_at(table->first_bucket + (__u64)bucket * table->bucket_size);
}

/* False if the budget is spent. */
static __always_inline bool to_next_batch(struct run *run)
{
	const struct table_cursor *table = run->table;
	struct batch *batch = run->batch;
	__u32 count = 0;

	if (!spend(run->order, BATCH * COST_BUCKET))
		return false;
	for (__u32 i = 0; i < BATCH && batch->next + i < table->buckets; i++) {
		batch->occupied[count & (BATCH - 1)] = batch->next + i;
		count = keep_chain(batch, count, chain_in(table, batch->next + i));
	}
	batch->count = count;
	batch->walked = 0;
	batch->next += BATCH;
	batch->number++;
	return true;
}

/* The next to walk. */
static __always_inline __u32 bucket(const struct batch *batch)
{
	return batch->walked < batch->count ? batch->occupied[batch->walked & (BATCH - 1)]
					    : batch->next;
}

#endif
