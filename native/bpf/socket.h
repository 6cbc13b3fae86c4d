/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* socket.h - a socket's record. */
#ifndef SOCKET_H
#define SOCKET_H

#include "handshakes.h"
#include "run.h"

#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_TIME_WAIT 6
#define TCP_CLOSE_WAIT 8
#define TCP_LISTEN 10
#define TCP_NEW_SYN_RECV 12

/* icsk_pending: include/net/inet_connection_sock.h. */
#define ICSK_TIME_RETRANS 1
#define ICSK_TIME_PROBE0 3
#define ICSK_TIME_LOSS_PROBE 5
#define ICSK_TIME_REO_TIMEOUT 6

/* idiag_timer: inet_sk_diag_fill(), net/ipv4/inet_diag.c. */
#define TIMER_NONE 0
#define TIMER_RETRANSMIT 1
#define TIMER_KEEPALIVE 2
#define TIMER_TIME_WAIT 3
#define TIMER_PROBE 4

/* The launcher sets it if it has loaded handshakes.bpf.c, too: then each listener has a row there. */
const volatile __u32 counts_handshakes SEC(".rodata.set");

/* sk_drops_read(), include/net/sock.h: sk_drop_counters, if there are, in place of sk_drops. */
static __always_inline __u32 drops_of(__u64 address)
{
	if (bpf_core_field_exists(struct sock, sk_drop_counters) &&
	    bpf_core_type_exists(struct numa_drop_counters)) {
		__u64 counters = word_at(PLACE(address, sock, sk_drop_counters));

		if (counters)
			return CAST(numa_drop_counters, counters)->drops0.counter +
			       CAST(numa_drop_counters, counters)->drops1.counter;
	}
	return CAST(sock, address)->sk_drops.counter;
}

static __always_inline void read_listener(struct walk_socket *record, __u64 address)
{
	const struct sock *sk = CAST(sock, address);
	const struct sock_common *common = CAST(sock_common, address);
	const struct request_sock_queue *queue =
		&CAST(inet_connection_sock, address)->icsk_accept_queue;

	record->syn_queue = queue->qlen.counter;
	record->fast_open_queue = queue->fastopenq.qlen;
	record->receive_queue = sk->sk_ack_backlog;
	record->send_queue = sk->sk_max_ack_backlog;
	record->drops = drops_of(address);
	record->inode = CAST(socket_alloc, sk->sk_socket)->vfs_inode.i_ino;
	record->ipv6only = BPF_CORE_READ_BITFIELD(common, skc_ipv6only);
}

/*
 * icsk_pending is in a cache line that isn't read otherwise. Without anything that is to be sent or
 * acknowledged it is 0; but the SYN-ACK of fast open, in SYN_RECV, is in no queue.
 *
 * Nor is sk_timer read, which the kernel looks at for keepalive: it runs for as long as the flag is
 * set (tcp_set_keepalive(), net/ipv4/tcp_timer.c), but not in SYN_SENT.
 */
static __always_inline void read_timer(struct walk_socket *record, __u64 address, __u8 state,
				       bool queued)
{
	unsigned long flags = CAST(sock_common, address)->skc_flags;
	bool keepalive = flags >> bpf_core_enum_value(enum sock_flags, SOCK_KEEPOPEN) & 1;
	const struct inet_connection_sock *connection;
	__u8 pending;

	record->closed = flags >> bpf_core_enum_value(enum sock_flags, SOCK_DEAD) & 1;
	record->timer = keepalive && state != TCP_SYN_SENT ? TIMER_KEEPALIVE : TIMER_NONE;
	if (!queued && state != TCP_SYN_RECV)
		return;
	connection = CAST(inet_connection_sock, address);
	pending = connection->icsk_pending;
	if (pending == ICSK_TIME_PROBE0) {
		record->timer = TIMER_PROBE;
	} else if (pending == ICSK_TIME_RETRANS || pending == ICSK_TIME_LOSS_PROBE ||
		   pending == ICSK_TIME_REO_TIMEOUT) {
		record->timer = TIMER_RETRANSMIT;
		record->repeats = connection->icsk_retransmits;
	}
}

/* An acknowledgement that comes between the two reads is no age of months. */
static __always_inline __u32 age_of(__u64 address)
{
	__u32 last = CAST(tcp_sock, address)->rcv_tstamp;
	__u32 age = (__u32)bpf_jiffies64() - last;

	return age >> 16 == 0xffff ? 0 : age;
}

/* A full socket: inet_diag_msg_attrs_fill() and tcp_diag_get_info(), net/ipv4. */
static __always_inline void read_full(struct walk_socket *record, __u64 address, __u8 state)
{
	const struct sock *sk = CAST(sock, address);
	const struct tcp_sock *tcp = CAST(tcp_sock, address);
	__s32 received;
	bool queued;

	record->cgroup = sk->sk_cgrp_data.cgroup->kn->id;
	if (state == TCP_LISTEN) {
		read_listener(record, address);
		return;
	}
	queued = sk->sk_wmem_queued;
	read_timer(record, address, state, queued);
	/* In a cache line of its own: of these alone. */
	if (state == TCP_CLOSE_WAIT)
		record->age = age_of(address);
	record->receive_queue = 0;
	record->send_queue = 0;
	/*
	 * The two lengths are in cache lines that are read anyway, the sequence numbers are not: to
	 * read these of every socket takes 1.9 to 2.1 times as long.
	 */
	if (sk->sk_receive_queue.qlen) {
		received = (__s32)(tcp->rcv_nxt - tcp->copied_seq);
		record->receive_queue = received > 0 ? received : 0;
	}
	if (queued)
		record->send_queue = tcp->write_seq - tcp->snd_una;
}

static __always_inline void read_addresses(struct walk_socket *record,
					   const struct sock_common *common)
{
	if (record->family != AF_INET6) {
		record->address[0] = common->skc_rcv_saddr;
		record->peer[0] = common->skc_daddr;
		return;
	}
	for (int i = 0; i < 4; i++) {
		record->address[i] = common->skc_v6_rcv_saddr.in6_u.u6_addr32[i];
		record->peer[i] = common->skc_v6_daddr.in6_u.u6_addr32[i];
	}
}

/* Request sockets, timewait sockets and full ones all begin with a struct sock_common. */
static __always_inline void read_any(struct walk_socket *record, __u64 address)
{
	const struct sock_common *common = CAST(sock_common, address);
	__u8 state = common->skc_state;

	record->family = common->skc_family;
	record->port = common->skc_num;
	record->peer_port = common->skc_dport;
	record->state = state;
	read_addresses(record, common);
	if (state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV) {
		read_full(record, address, state);
		return;
	}
	if (state == TCP_NEW_SYN_RECV) {
		record->state = TCP_SYN_RECV;
		record->timer = TIMER_RETRANSMIT;
		record->repeats = CAST(request_sock, address)->num_retrans;
	} else {
		record->state = CAST(inet_timewait_sock, address)->tw_substate;
		record->timer = TIMER_TIME_WAIT;
	}
	record->closed = 1;
	record->receive_queue = 0;
	record->send_queue = 0;
	record->cgroup = 0;
}

/*
 * Returns whether the record is one socket's. A socket without a reference is about to be freed, or
 * not yet complete. One that lost its last reference, or changed its namespace, during the read may
 * have lost what it points to: the record is left out.
 */
static __always_inline bool read_socket(struct walk_order *order, struct walk_socket *record,
					__u64 address)
{
	const struct sock_common *common = CAST(sock_common, address);
	__u64 net = word_at(PLACE(address, sock_common, skc_net));
	__u32 netns;

	if (common->skc_refcnt.refs.counter == 0)
		return false;
	netns = CAST(net, net)->ns.inum;
	read_any(record, address);
	record->netns = netns;
	if (common->skc_refcnt.refs.counter != 0 &&
	    word_at(PLACE(address, sock_common, skc_net)) == net) {
		if (counts_handshakes && record->state == TCP_LISTEN)
			note_listener(common, bpf_ktime_get_ns());
		return true;
	}
	record->netns = 0;
	record->cgroup = 0;
	record->inode = 0;
	order->torn++;
	return false;
}

#endif
