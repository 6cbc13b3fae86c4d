// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * walk.bpf.c - walks the kernel's tables of TCP sockets, a chunk a run, and writes what it
 * meets into a map. It takes no lock, holds no reference and writes nothing but its own maps.
 *
 * A chain is read under RCU, so no socket of it is freed meanwhile into another use; but one
 * that closes may come back as another connection (SLAB_TYPESAFE_BY_RCU) in another chain, and
 * leads the walk there. Each chain ends in a number of its own: if it is another's, the chain
 * is walked again, as __inet_lookup_established() does.
 */
#include "../src/bpf_walk.h"
#include "namespace_limits.h"
#include "namespace_owner.h"
#include "socket.h"

/* What a listeners' chain ends in, less its bucket: include/net/inet_hashtables.h. */
#define LISTENING_NULLS_BASE (1U << 29)

/* Of a run: chains, and batches of buckets of which many have none. */
#define STEPS 4096
/* A chain is as long as a table of few buckets makes it; an ancestry, a list: a loop has to end. */
#define LOOP_MOST (1 << 20)
/* A chain that never comes to rest is told as it was met last. */
#define REWALKS_MOST 16
/* Buckets that are looked at together, a power of two. */
#define BATCH 64
/* How far into their chains sockets are fetched: most are shorter. */
#define ROWS 16

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct walk_records);
} records SEC(".maps");

/* What a run keeps from callback to callback: a stack has no room for it. */
static struct {
	/* The list of namespaces, whose head is in none of them, or that of processes. */
	__u64 initial, head, entry;
	/* The ancestor of all processes, which is the head of their list. */
	__u64 first_process;
	__u32 position;
	/* The table: where, and how its buckets are laid out. */
	__u64 host_table, table;
	__u32 bucket_size, buckets;
	/* The batch: which of its buckets have a chain, how many are done, and where the next begins. */
	__u32 occupied[BATCH], occupied_count, walked, next_batch;
	/* The chain. */
	__u64 node;
	__u32 socket, skip, first_record, rewalks;
	/* What was fetched: how many chains go on, and where each stands. */
	__u32 chains;
	__u64 chain[BATCH], sum;
	/* What is told. */
	__u32 told, netns, part, done, full, rewalked;
} walk;

static __always_inline __u64 net_of(__u64 entry)
{
	return entry - bpf_core_field_offset(struct net, list);
}

static __always_inline __u64 hashinfo_of(__u64 net)
{
	return word_at(PLACE(net, net, ipv4.tcp_death_row.hashinfo));
}

static __always_inline __u32 number_of(__u64 net)
{
	return CAST(net, net)->ns.inum;
}

static long to_parent(__u32 index, __u64 *task)
{
	if (CAST(task_struct, *task)->pid == 0)
		return 1;
	*task = word_at(PLACE(*task, task_struct, real_parent));
	return 0;
}

/* The ancestor of all is in the namespace that is the first of the list. */
static __always_inline void find_initial(void)
{
	__u64 task = bpf_get_current_task(), nsproxy;

	bpf_loop(LOOP_MOST, to_parent, &task, 0);
	walk.first_process = PLACE(task, task_struct, tasks);
	nsproxy = word_at(PLACE(task, task_struct, nsproxy));
	walk.initial = word_at(PLACE(nsproxy, nsproxy, net_ns));
	walk.head = word_at(PLACE(walk.initial, net, list.prev));
	walk.host_table = hashinfo_of(walk.initial);
}

static __always_inline void to_next(void)
{
	walk.entry = word_at(walk.entry);
	walk.position++;
}

/* To the namespace of this number; if it has gone, to the one that stands in its place. */
static long seek(__u32 index, struct walk_order *order)
{
	if (walk.entry == walk.head || number_of(net_of(walk.entry)) == order->netns)
		return 1;
	to_next();
	return 0;
}

static long seek_position(__u32 index, struct walk_order *order)
{
	if (walk.entry == walk.head || walk.position >= order->position)
		return 1;
	to_next();
	return 0;
}

static __always_inline void to_first_namespace(void)
{
	walk.entry = PLACE(walk.initial, net, list);
	walk.position = 0;
}

static __always_inline void seek_namespace(struct walk_order *order)
{
	to_first_namespace();
	if (order->netns == 0)
		return;
	bpf_loop(LOOP_MOST, seek, order, 0);
	if (walk.entry != walk.head)
		return;
	to_first_namespace();
	bpf_loop(LOOP_MOST, seek_position, order, 0);
	order->bucket = 0;
	order->socket = 0;
}

static __always_inline struct walk_records *the_records(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&records, &key);
}

static long tell_namespace(__u32 index, void *unused)
{
	struct walk_records *map = the_records();
	__u32 number = walk.told;
	__u64 net = net_of(walk.entry);

	if (!map || walk.entry == walk.head) {
		walk.done = 1;
		return 1;
	}
	if (number >= (walk.part == WALK_LIMITS ? WALK_NETNS_LIMITS : WALK_NETNS))
		return 1;
	map->netns[number].number = number_of(net);
	map->netns[number].cookie = bpf_core_field_exists(struct net, net_cookie)
					    ? word_at(PLACE(net, net, net_cookie))
					    : number_of(net);
	if (walk.part == WALK_LIMITS) {
		tell_limits(&map->netns[number], net);
		map->netns[number].owner_uid = owner_of(net);
	}
	walk.told = number + 1;
	to_next();
	return 0;
}

/*
 * One that ends has no nsproxy any more, or one that is freed meanwhile: what is then read is no
 * namespace's number, or one that isn't looked for.
 */
static long tell_process(__u32 index, void *unused)
{
	struct walk_records *map = the_records();
	__u64 task = walk.entry - bpf_core_field_offset(struct task_struct, tasks);
	__u64 nsproxy = word_at(PLACE(task, task_struct, nsproxy));
	__u32 number = walk.told;

	if (!map || walk.entry == walk.head) {
		walk.done = 1;
		return 1;
	}
	if (number >= WALK_PROCESS)
		return 1;
	to_next();
	if (nsproxy == 0)
		return 0;
	map->processes[number].netns = number_of(word_at(PLACE(nsproxy, nsproxy, net_ns)));
	map->processes[number].pid = CAST(task_struct, task)->tgid;
	walk.told = number + 1;
	return 0;
}

static __always_inline void walk_processes(struct walk_order *order)
{
	walk.head = walk.first_process;
	walk.entry = word_at(walk.head);
	walk.position = 0;
	bpf_loop(LOOP_MOST, seek_position, order, 0);
	bpf_loop(LOOP_MOST, tell_process, NULL, 0);
}

static long walk_socket(__u32 index, void *unused)
{
	__u64 node = walk.node, address = node - bpf_core_field_offset(struct sock_common, skc_nulls_node);
	struct walk_records *map = the_records();
	__u32 number = walk.told;

	if (!map || (node & 1))
		return 1;
	if (number >= WALK_SOCKETS) {
		walk.full = 1;
		return 1;
	}
	walk.node = word_at(node);
	/* One without a reference is about to be freed, or not yet all there. */
	if (walk.socket++ < walk.skip ||
	    CAST(sock_common, address)->skc_refcnt.refs.counter == 0)
		return 0;
	tell(&map->sockets[number], address);
	walk.told = number + 1;
	return 0;
}

/* Whether there is one: the next of the namespaces that has a table of its own. */
static long next_table(__u32 index, void *unused)
{
	to_next();
	if (walk.entry == walk.head) {
		walk.done = 1;
		return 1;
	}
	return hashinfo_of(net_of(walk.entry)) != walk.host_table;
}

static __always_inline void choose_table(void)
{
	__u64 hashinfo = hashinfo_of(net_of(walk.entry));

	walk.netns = number_of(net_of(walk.entry));
	if (walk.part == WALK_LISTENERS) {
		walk.table = word_at(PLACE(hashinfo, inet_hashinfo, lhash2)) +
			     bpf_core_field_offset(struct inet_listen_hashbucket, nulls_head);
		walk.bucket_size = bpf_core_type_size(struct inet_listen_hashbucket);
		walk.buckets = CAST(inet_hashinfo, hashinfo)->lhash2_mask + 1;
	} else {
		walk.table = word_at(PLACE(hashinfo, inet_hashinfo, ehash));
		walk.bucket_size = sizeof(void *);
		walk.buckets = CAST(inet_hashinfo, hashinfo)->ehash_mask + 1;
	}
	walk.occupied_count = 0;
	walk.walked = 0;
	walk.next_batch = 0;
	walk.skip = 0;
	walk.rewalks = 0;
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
	walk.chain[chains & (BATCH - 1)] = node;
	return chains + 1 - (node & 1);
}

/* The next socket of each chain that goes on. */
static long fetch_row(__u32 index, void *unused)
{
	__u32 chains = walk.chains, kept = 0;
	__u64 sum = 0;

	for (__u32 i = 0; i < BATCH && i < chains; i++) {
		__u64 node = walk.chain[i];

		sum += fetch_socket(node);
		kept = keep_chain(kept, word_at(node));
	}
	walk.chains = kept;
	walk.sum = sum;
	return kept == 0;
}

/*
 * The sockets of a table are all over the memory, and each step of a walk would wait for it:
 * what comes next is known only when the last has come. Chains side by side wait together.
 * What is fetched here is not looked at; the sum is so that it isn't for nothing.
 */
static __always_inline void fetch_chains(void)
{
	walk.chains = walk.occupied_count;
	bpf_loop(ROWS, fetch_row, NULL, 0);
}

static __always_inline __u64 chain_in(__u32 bucket)
{
	return word_at(walk.table + (__u64)bucket * walk.bucket_size);
}

static __always_inline void next_batch(void)
{
	__u32 count = 0;

	for (__u32 i = 0; i < BATCH && walk.next_batch + i < walk.buckets; i++) {
		walk.occupied[count & (BATCH - 1)] = walk.next_batch + i;
		count = keep_chain(count, chain_in(walk.next_batch + i));
	}
	/* Of a chain that has gone there is nothing to skip. */
	if (walk.occupied[0] != walk.next_batch)
		walk.skip = 0;
	walk.occupied_count = count;
	walk.walked = 0;
	walk.next_batch += BATCH;
	if (walk.part == WALK_CONNECTIONS)
		fetch_chains();
}

/* The bucket that is walked next. */
static __always_inline __u32 bucket(void)
{
	return walk.walked < walk.occupied_count ? walk.occupied[walk.walked & (BATCH - 1)]
						 : walk.next_batch;
}

/* What the chain of the bucket ends in. */
static __always_inline __u32 last_of_chain(void)
{
	return walk.part == WALK_LISTENERS ? bucket() + LISTENING_NULLS_BASE : bucket();
}

static __always_inline void walk_chain(void)
{
	walk.node = chain_in(bucket());
	walk.socket = 0;
	walk.first_record = walk.told;
	bpf_loop(LOOP_MOST, walk_socket, NULL, 0);
}

/* Ends the run where there is no room: before the chain, or in one that is longer than all room. */
static __always_inline void stop_for_room(void)
{
	if (walk.first_record == 0)
		walk.skip = walk.socket;
	else
		walk.told = walk.first_record;
}

/* A chain, or the next batch, or the next table. */
static long step(__u32 index, void *unused)
{
	if (walk.walked == walk.occupied_count) {
		if (walk.next_batch < walk.buckets) {
			next_batch();
			return 0;
		}
		if (walk.part == WALK_CONNECTIONS)
			bpf_loop(LOOP_MOST, next_table, NULL, 0);
		else
			walk.done = 1;
		if (walk.done)
			return 1;
		choose_table();
		return 0;
	}
	walk_chain();
	if (walk.full) {
		stop_for_room();
		return 1;
	}
	if (walk.node >> 1 != last_of_chain() && walk.rewalks < REWALKS_MOST) {
		walk.told = walk.first_record;
		walk.rewalks++;
		walk.rewalked++;
		return 0;
	}
	walk.walked++;
	walk.skip = 0;
	walk.rewalks = 0;
	return 0;
}

static __always_inline void walk_buckets(struct walk_order *order)
{
	choose_table();
	walk.next_batch = order->bucket;
	walk.skip = order->socket;
	bpf_loop(STEPS, step, NULL, 0);
}

static __always_inline void walk_part(struct walk_order *order)
{
	walk.part = order->part;
	walk.told = 0;
	walk.done = 0;
	walk.full = 0;
	walk.rewalked = 0;
	find_initial();
	if (walk.part == WALK_PROCESSES) {
		walk_processes(order);
		return;
	}
	seek_namespace(order);
	if (walk.entry == walk.head)
		walk.done = 1;
	else if (walk.part == WALK_NAMESPACES || walk.part == WALK_LIMITS)
		bpf_loop(LOOP_MOST, tell_namespace, NULL, 0);
	else
		walk_buckets(order);
}

/* Where the walk stands. */
static __always_inline void leave_order(struct walk_order *order)
{
	if ((walk.part == WALK_NAMESPACES || walk.part == WALK_LIMITS) && !walk.done)
		walk.netns = number_of(net_of(walk.entry));
	order->position = walk.position;
	order->netns = walk.netns;
	order->bucket = bucket();
	order->socket = walk.skip;
	order->records = walk.told;
	order->done = walk.done;
	order->rewalked = walk.rewalked;
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
	struct walk_records *map = the_records();

	if (!map || order.version != WALK_VERSION || order.part > WALK_CONNECTIONS)
		return 1;
	walk_part(&order);
	leave_order(&order);
	map->order = order;
	return 0;
}

char _license[] SEC("license") = "GPL";
