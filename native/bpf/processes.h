/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * processes.h - which network namespace each process is in. The kernel keeps the pids of processes
 * and threads in a radix tree (pid_namespace->idr), so a walk continues at a pid, whatever starts
 * or ends meanwhile.
 */
#ifndef PROCESSES_H
#define PROCESSES_H

#include "initial.h"
#include "namespace_list.h"
#include "run.h"

/* A node of the tree, lib/xarray.c, has 64 slots; five levels hold more pids than there are. */
#define SLOTS 64
#define LEVELS 5
#define LEAF_COST_MOST (LEVELS * COST_NODE + SLOTS * (COST_BUCKET + COST_TASK + COST_PROCESS))

_Static_assert(LEAF_COST_MOST <= WALK_BUDGET, "every run makes progress");

/* An entry that is a node: xa_is_node(), include/linux/xarray.h. Those below are reserved. */
#define NODE_BITS 2
#define NODE_LEAST 4096

struct process_cursor {
	__u64 root, leaf;
	__u32 pid;     /* the next to look at */
	__u32 barrier; /* to add to: BPF has no instruction that is a barrier alone */
};

static __always_inline __u64 node_in(__u64 entry)
{
	return (entry & 3) == NODE_BITS && entry > NODE_LEAST ? entry - NODE_BITS : 0;
}

/* Finds the leaf of `pid`, or sets it to where the next can be. False at the end of the tree. */
static __always_inline bool find_leaf(struct process_cursor *processes)
{
	__u64 node = node_in(processes->root);

	processes->leaf = 0;
	for (int level = 0; level < LEVELS; level++) {
		__u32 shift, slot;

		if (node == 0)
			return false;
		shift = CAST(xa_node, node)->shift & 31;
		slot = processes->pid >> shift;
		if (level == 0 && slot >= SLOTS)
			return false;
		if (shift == 0) {
			processes->leaf = node;
			return true;
		}
		node = node_in(word_at(PLACE(node, xa_node, slots) + 8 * (slot % SLOTS)));
		if (node == 0) {
			processes->pid = (slot + 1) << shift;
			/* 0 is one after the highest number. */
			return processes->pid != 0;
		}
	}
	return false;
}

/*
 * A task may change its nsproxy during the read, and RCU does not protect the old one. So
 * task->nsproxy is read again: the record is kept only if it is unchanged.
 */
static __always_inline void read_process(struct run *run, struct walk_process *record, __u64 task,
					 __u64 pid)
{
	__u64 nsproxy = word_at(PLACE(task, task_struct, nsproxy));
	__u32 netns;

	if (nsproxy == 0)
		return;
	netns = number_of(word_at(PLACE(nsproxy, nsproxy, net_ns)));
	__sync_fetch_and_add(&run->processes->barrier, 1);
	if (nsproxy != word_at(PLACE(task, task_struct, nsproxy))) {
		run->order->torn++;
		return;
	}
	record->netns = netns;
	record->pid = CAST(pid, pid)->numbers[0].nr;
	record->started = word_at(PLACE(task, task_struct, start_boottime));
	run->order->records++;
}

static long read_slot(__u32 index, struct run *run)
{
	struct process_cursor *processes = run->processes;
	__u32 number = run->order->records;
	__u64 pid, link;

	if (number >= WALK_PROCESS)
		return 1;
	pid = word_at(PLACE(processes->leaf, xa_node, slots) + 8 * (processes->pid++ % SLOTS));
	if (pid == 0 || (pid & 3))
		return processes->pid % SLOTS == 0;
	spend(run->order, COST_TASK);
	link = word_at(PLACE(pid, pid, tasks) + PIDTYPE_TGID * sizeof(struct hlist_head));
	if (link) {
		spend(run->order, COST_PROCESS);
		read_process(run, &run->records->processes[number],
			     link - bpf_core_field_offset(struct task_struct, pid_links) -
				     PIDTYPE_TGID * 2 * sizeof(void *), pid);
	}
	return processes->pid % SLOTS == 0;
}

static long walk_leaf(__u32 index, struct run *run)
{
	struct walk_order *order = run->order;

	if (order->records + SLOTS > WALK_PROCESS || !can_spend(order, LEAF_COST_MOST))
		return 1;
	spend(order, LEVELS * COST_NODE + SLOTS * COST_BUCKET);
	if (!find_leaf(run->processes)) {
		order->done = 1;
		return 1;
	}
	if (run->processes->leaf)
		bpf_loop(SLOTS, read_slot, run, 0);
	return 0;
}

static __always_inline void walk_processes(struct run *run)
{
	struct process_cursor *processes = run->processes;

	processes->root = word_at(PLACE(initial_pid_namespace(), pid_namespace, idr.idr_rt.xa_head));
	processes->pid = run->order->position;
	bpf_loop(LOOP_MOST, walk_leaf, run, 0);
	run->order->position = processes->pid;
}

#endif
