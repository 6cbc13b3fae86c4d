/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* initial.h - the namespaces that the host started with. All others are reached from them. */
#ifndef INITIAL_H
#define INITIAL_H

#include "kernel.h"

/* The task that runs the program has a pid in it: struct upid numbers[0]. */
static __always_inline __u64 initial_pid_namespace(void)
{
	__u64 pid = word_at(PLACE(bpf_get_current_task(), task_struct, thread_pid));

	return word_at(PLACE(pid, pid, numbers[0].ns));
}

/* The idle task's, which no setns() changes. It is the parent of the first process. */
static __always_inline __u64 initial_network_namespace(void)
{
	__u64 first = word_at(PLACE(initial_pid_namespace(), pid_namespace, child_reaper));
	__u64 idle = word_at(PLACE(first, task_struct, real_parent));
	__u64 nsproxy = word_at(PLACE(idle, task_struct, nsproxy));

	return word_at(PLACE(nsproxy, nsproxy, net_ns));
}

#endif
