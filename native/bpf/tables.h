/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * tables.h - the hash tables of sockets, one after the other: the host's, and those that
 * namespaces have of their own (net.ipv4.tcp_child_ehash_entries).
 */
#ifndef TABLES_H
#define TABLES_H

#include "batch.h"
#include "namespace_list.h"
#include "run.h"

/* After all buckets of a table. */
#define NO_BUCKET (~0U)

static __always_inline __u64 hashinfo_of(__u64 net)
{
	return word_at(PLACE(net, net, ipv4.tcp_death_row.hashinfo));
}

static __always_inline __u64 table_of(__u32 part, __u64 hashinfo)
{
	if (part == WALK_LISTENERS)
		return word_at(PLACE(hashinfo, inet_hashinfo, lhash2));
	return word_at(PLACE(hashinfo, inet_hashinfo, ehash));
}

/* In every kernel so far all namespaces share one table of listeners; of connections they need not. */
static __always_inline bool has_own_table(const struct run *run)
{
	__u64 host = run->table->host_hashinfo, hashinfo = hashinfo_of(current_net(run->namespaces));
	__u32 part = run->order->part;

	return hashinfo != host && table_of(part, hashinfo) != table_of(part, host);
}

static __always_inline void choose_table(struct run *run, __u32 first_bucket)
{
	__u64 hashinfo = hashinfo_of(current_net(run->namespaces));
	struct table_cursor *table = run->table;

	if (run->order->part == WALK_LISTENERS) {
		table->first_bucket = table_of(WALK_LISTENERS, hashinfo) +
				      bpf_core_field_offset(struct inet_listen_hashbucket, nulls_head);
		table->bucket_size = bpf_core_type_size(struct inet_listen_hashbucket);
		table->buckets = CAST(inet_hashinfo, hashinfo)->lhash2_mask + 1;
	} else {
		table->first_bucket = table_of(WALK_CONNECTIONS, hashinfo);
		table->bucket_size = sizeof(void *);
		table->buckets = CAST(inet_hashinfo, hashinfo)->ehash_mask + 1;
	}
	start_batches(run->batch, first_bucket);
}

/* The host's table belongs to the first namespace, and is walked only with that one. */
static __always_inline void start_table(struct run *run)
{
	bool first = at_first(run->namespaces);

	run->table->host_hashinfo = hashinfo_of(run->namespaces->initial);
	choose_table(run, first || has_own_table(run) ? run->order->bucket : NO_BUCKET);
	run->batch->number = 0;
}

/* To the next namespace that has a table of its own. */
static long seek_table(__u32 index, struct run *run)
{
	if (!spend(run->order, 4 * COST_NODE))
		return 1;
	to_next(run->namespaces);
	if (at_end(run->namespaces)) {
		run->order->done = 1;
		return 1;
	}
	if (!has_own_table(run))
		return 0;
	choose_table(run, 0);
	return 1;
}

/* False after the last table, or if the budget is spent: then the next run continues the search. */
static __always_inline bool to_next_table(struct run *run)
{
	run->batch->next = NO_BUCKET;
	bpf_loop(LOOP_MOST, seek_table, run, 0);
	return run->batch->next != NO_BUCKET;
}

#endif
