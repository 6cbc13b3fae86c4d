/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * handshakes.h - the map of what connections do between scans, and its rows: struct
 * synoptic_handshake_key and _counts. handshakes.bpf.c counts in it; the walk has listeners there.
 */
#ifndef HANDSHAKES_H
#define HANDSHAKES_H

#include <stdbool.h>

#include "../include/synoptic.h"
#include "kernel.h"

#include <bpf/bpf_endian.h>

#define AF_INET6 10

/* An entry takes memory when it is made. Its counters are shared by all processors. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SYNOPTIC_HANDSHAKES_MOST);
	__type(key, struct synoptic_handshake_key);
	__type(value, struct synoptic_handshake_counts);
} handshakes SEC(".maps");

/* A row as it starts: too much for a stack. All that write to it write the time, and nothing else. */
static __attribute__((used)) struct synoptic_handshake_counts fresh;

static __always_inline struct synoptic_handshake_counts *
find_row(const struct synoptic_handshake_key *key)
{
	return bpf_map_lookup_elem(&handshakes, key);
}

/* Null if there is no room. */
static __always_inline struct synoptic_handshake_counts *
make_row(const struct synoptic_handshake_key *key, __u64 now)
{
	fresh.since = now;
	fresh.last = now;
	bpf_map_update_elem(&handshakes, key, &fresh, BPF_NOEXIST);
	return find_row(key);
}

/* The local address, v4-mapped as IPv4: also of a listener, for which it is where it is bound. */
static __always_inline void set_address(struct synoptic_handshake_key *key,
					const struct sock_common *common)
{
	__u32 words[4] = { common->skc_rcv_saddr };

	key->family = SYNOPTIC_IPV4;
	if (common->skc_family == AF_INET6) {
		for (int i = 0; i < 4; i++)
			words[i] = common->skc_v6_rcv_saddr.in6_u.u6_addr32[i];
		if (words[0] == 0 && words[1] == 0 && words[2] == bpf_htonl(0xffff)) {
			words[0] = words[3];
			words[2] = 0;
			words[3] = 0;
		} else {
			key->family = SYNOPTIC_IPV6;
		}
	}
	__builtin_memcpy(key->address, words, sizeof(words));
}

static __always_inline struct synoptic_handshake_key
local_end(const struct sock_common *common, __u16 port)
{
	struct synoptic_handshake_key key = {
		.netns_cookie = common->skc_net.net->net_cookie, .port = port,
	};

	set_address(&key, common);
	return key;
}

/* A listener group has a row as long as one of its sockets listens. */
static __always_inline struct synoptic_handshake_counts *
note_listener(const struct sock_common *common, __u64 now)
{
	struct synoptic_handshake_key key = local_end(common, common->skc_num);
	struct synoptic_handshake_counts *row;

	/* listen(2) without bind(2): the port isn't chosen yet. */
	if (key.port == 0)
		return NULL;
	row = find_row(&key);
	if (!row)
		return make_row(&key, now);
	row->last = now;
	return row;
}

#endif
