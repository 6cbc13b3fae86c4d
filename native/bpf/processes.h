/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * processes.h - which network namespace each process is in. The numbers of processes and
 * threads are a radix tree, so that a walk goes on at a number, whatever has come and gone.
 */
#ifndef PROCESSES_H
#define PROCESSES_H

#include "initial.h"
#include "namespace_list.h"
#include "run.h"

/* Of a node of the tree, lib/xarray.c: 64 each on four levels are more numbers than there are. */
#define SLOTS 64
#define LEVELS 5
#define LEAF_COST_MOST (LEVELS * COST_NODE + SLOTS * (COST_BUCKET + COST_TASK + COST_PROCESS))

_Static_assert(LEAF_COST_MOST <= WALK_BUDGET, "each run gets further");

/* A node among the entries: xa_is_node(), include/linux/xarray.h. Reserved ones are below it. */
#define NODE_BITS 2
#define NODE_LEAST 4096

WHOLE struct {
	__u64 root, leaf;
	__u32 number; /* that is looked at next */
} tree;

/* For a barrier that BPF has no instruction of its own for. */
static __u32 barrier_word;

static __always_inline __u64 node_in(__u64 entry)
{
	return (entry & 3) == NODE_BITS && entry > NODE_LEAST ? entry - NODE_BITS : 0;
}

/* Finds the leaf of tree.number, or goes to where the next can be. False at the end of the tree. */
static __always_inline bool find_leaf(void)
{
	__u64 node = node_in(tree.root);

	tree.leaf = 0;
	for (int level = 0; level < LEVELS; level++) {
		__u32 shift, slot;

		if (node == 0)
			return false;
		shift = CAST(xa_node, node)->shift & 31;
		slot = tree.number >> shift;
		if (level == 0 && slot >= SLOTS)
			return false;
		if (shift == 0) {
			tree.leaf = node;
			return true;
		}
		node = node_in(word_at(PLACE(node, xa_node, slots) + 8 * (slot % SLOTS)));
		if (node == 0) {
			tree.number = (slot + 1) << shift;
			/* Behind the highest of all numbers. */
			return tree.number != 0;
		}
	}
	return false;
}

/*
 * A task may leave its nsproxy meanwhile, which isn't freed under RCU: it is read again, and
 * what was read of one that the task hasn't any more isn't recorded.
 */
static __always_inline void tell_process(struct walk_process *record, __u64 task, __u64 pid)
{
	__u64 nsproxy = word_at(PLACE(task, task_struct, nsproxy));
	__u32 netns;

	if (nsproxy == 0)
		return;
	netns = number_of(word_at(PLACE(nsproxy, nsproxy, net_ns)));
	__sync_fetch_and_add(&barrier_word, 1);
	if (nsproxy != word_at(PLACE(task, task_struct, nsproxy))) {
		run.torn++;
		return;
	}
	record->netns = netns;
	record->pid = CAST(pid, pid)->numbers[0].nr;
	record->started = word_at(PLACE(task, task_struct, start_boottime));
	run.recorded++;
}

static long tell_slot(__u32 index, void *unused)
{
	struct walk_records *map = the_records();
	__u32 record = run.recorded;
	__u64 pid, link;

	if (!map || record >= WALK_PROCESS)
		return 1;
	pid = word_at(PLACE(tree.leaf, xa_node, slots) + 8 * (tree.number++ % SLOTS));
	if (pid == 0 || (pid & 3))
		return tree.number % SLOTS == 0;
	spend(COST_TASK);
	link = word_at(PLACE(pid, pid, tasks) + PIDTYPE_TGID * sizeof(struct hlist_head));
	if (link) {
		spend(COST_PROCESS);
		tell_process(&map->processes[record],
			     link - bpf_core_field_offset(struct task_struct, pid_links) -
				     PIDTYPE_TGID * 2 * sizeof(void *), pid);
	}
	return tree.number % SLOTS == 0;
}

static long walk_leaf(__u32 index, void *unused)
{
	if (run.recorded + SLOTS > WALK_PROCESS || !can_spend(LEAF_COST_MOST))
		return 1;
	spend(LEVELS * COST_NODE + SLOTS * COST_BUCKET);
	if (!find_leaf()) {
		run.done = 1;
		return 1;
	}
	if (tree.leaf)
		bpf_loop(SLOTS, tell_slot, NULL, 0);
	return 0;
}

static __always_inline void walk_processes(struct walk_order *order)
{
	tree.root = word_at(PLACE(initial_pid_namespace(), pid_namespace, idr.idr_rt.xa_head));
	tree.number = order->position;
	bpf_loop(LOOP_MOST, walk_leaf, NULL, 0);
	order->position = tree.number;
}

#endif
