/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* namespace_limits.h - a namespace's sysctls that are limits. */
#ifndef NAMESPACE_LIMITS_H
#define NAMESPACE_LIMITS_H

#include "run.h"

/* Counts the ports of ip_local_port_range that are set in ip_local_reserved_ports, a bitmap. */
struct reserved_ports {
	struct walk_order *order;
	__u64 bits;
	__u32 lowest, highest, count;
};

#define PORTS 65536
/* Words of the bitmap that are read together: most are 0. One by one takes twice as long. */
#define WORDS 16

static __always_inline void count_word(struct reserved_ports *ports, __u32 word)
{
	__u64 bits = word_at(ports->bits + 8 * (__u64)word);
	__u32 first = word * 64, last = first + 63;

	if (first > ports->highest || last < ports->lowest)
		return;
	if (first < ports->lowest)
		bits &= ~0ull << (ports->lowest - first);
	if (last > ports->highest)
		bits &= ~0ull >> (last - ports->highest);
	ports->count += __builtin_popcountll(bits);
}

static long count_reserved(__u32 index, struct reserved_ports *ports)
{
	__u32 first = ports->lowest / 64 / WORDS * WORDS + index * WORDS;
	__u64 any = 0;

	if (first * 64 > ports->highest)
		return 1;
	spend(ports->order, COST_WORDS);
	for (__u32 i = 0; i < WORDS; i++)
		any |= word_at(ports->bits + 8 * (__u64)(first + i));
	if (any == 0)
		return 0;
	for (__u32 i = 0; i < WORDS; i++)
		count_word(ports, first + i);
	return 0;
}

static __always_inline void read_range(struct reserved_ports *ports, __u64 net)
{
	__u64 address = PLACE(net, net, ipv4.ip_local_ports);

	if (bpf_core_field_exists(struct local_ports___two_numbers, range)) {
		__u64 range = PLACE(address, local_ports___two_numbers, range);

		ports->lowest = half_word_at(range) & (PORTS - 1);
		ports->highest = half_word_at(range + sizeof(int)) & (PORTS - 1);
	} else {
		ports->lowest = CAST(local_ports, address)->range & (PORTS - 1);
		ports->highest = CAST(local_ports, address)->range >> 16;
	}
}

static __always_inline __u32 ephemeral_ports(struct walk_order *order, __u64 net)
{
	struct reserved_ports reserved = {
		.order = order,
		.bits = word_at(PLACE(net, net, ipv4.sysctl_local_reserved_ports)),
	};

	read_range(&reserved, net);
	if (reserved.lowest > reserved.highest)
		return 0;
	bpf_loop(PORTS / 64 / WORDS, count_reserved, &reserved, 0);
	return reserved.highest - reserved.lowest + 1 - reserved.count;
}

static __always_inline void read_limits(struct walk_order *order, struct walk_netns *record,
					__u64 address)
{
	const struct net *net = CAST(net, address);

	record->time_wait_buckets_limit = net->ipv4.tcp_death_row.sysctl_max_tw_buckets;
	record->syncookies_mode = net->ipv4.sysctl_tcp_syncookies;
	record->somaxconn = net->core.sysctl_somaxconn;
	record->max_syn_backlog = net->ipv4.sysctl_max_syn_backlog;
	record->time_wait_reuse_mode =
		net->ipv4.sysctl_tcp_timestamps ? net->ipv4.sysctl_tcp_tw_reuse : 0;
	record->ephemeral_ports_limit = ephemeral_ports(order, address);
}

#endif
