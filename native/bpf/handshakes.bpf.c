// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * handshakes.bpf.c - counts connections as they open, fail and close, where the kernel changes
 * their state. It writes to its own maps alone, and has nothing for a single connection.
 */
#include "handshakes.h"

#include <linux/errno.h>

#include <bpf/bpf_tracing.h>

#include "../src/handshake_rows.h"

#define IPPROTO_TCP 6
/* srtt_us is in eighths of microseconds. */
#define SRTT_MILLISECOND 8000

/* TS_OPT_WSCALE_MASK and TS_OPT_SACK, net/ipv4/syncookies.c. */
#define COOKIE_NO_SCALE 0xf
#define COOKIE_SACK 0x10

enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_FIN_WAIT1 = 4,
	TCP_FIN_WAIT2 = 5,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LAST_ACK = 9,
	TCP_LISTEN = 10,
	TCP_CLOSING = 11,
};

/* A row may go after so long; tests set a shorter time. */
const volatile __u64 idle_nanoseconds SEC(".rodata.set") =
	SYNOPTIC_HANDSHAKES_IDLE_S * 1000000000ULL;

/* Of each processor. */
struct processor {
	/* The socket that it has accepted last, if that may be through a SYN cookie. */
	__u64 cookie;
	/* When it read the clock last: of CLOCK_MONOTONIC. That takes some 20 nanoseconds. */
	__u64 jiffies, now;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct processor);
} processors SEC(".maps");

/* 1 once a listener has been seen to have a backlog of 0: is_marked(). */
static __attribute__((used)) __u32 unmarked_listeners;

/* Padded for a search by halves. */
static const __u32 bounds[64] = {
#define MICROSECONDS(microseconds, seconds) microseconds,
	HANDSHAKE_BOUNDS(MICROSECONDS)
#undef MICROSECONDS
	[SYNOPTIC_DURATION_CELLS - 1 ... 63] = ~0U,
};

#define add(counter, number) __sync_fetch_and_add(counter, number)

static __always_inline struct processor *this_processor(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&processors, &first);
}

/* To a jiffy. */
static __always_inline __u64 coarse_now(struct processor *processor)
{
	__u64 jiffies = bpf_jiffies64();

	if (processor->jiffies != jiffies) {
		processor->now = bpf_ktime_get_ns();
		/* An interrupt in between reads the clock, too. */
		__asm__ volatile("" ::: "memory");
		processor->jiffies = jiffies;
	}
	return processor->now;
}

static __always_inline __u16 local_port(const struct sock *sk)
{
	/* skc_num is 0 when a socket is CLOSE. */
	return bpf_ntohs(CAST(inet_sock, sk)->inet_sport);
}

static __always_inline struct synoptic_handshake_counts *rest_of(__u8 direction)
{
	struct synoptic_handshake_key key = { .direction = direction };

	return find_row(&key);
}

/* As __inet_lookup_listener() does: the address, then the wildcards. Null if there is none. */
static __always_inline struct synoptic_handshake_counts *find_listener(const struct sock *sk)
{
	struct synoptic_handshake_key key = local_end(CAST(sock_common, sk), local_port(sk));
	struct synoptic_handshake_counts *row = find_row(&key);

	if (row)
		return row;
	__builtin_memset(key.address, 0, sizeof(key.address));
	row = find_row(&key);
	if (row || key.family == SYNOPTIC_IPV6)
		return row;
	key.family = SYNOPTIC_IPV6;
	return find_row(&key);
}

static __always_inline struct synoptic_handshake_counts *inbound_row(const struct sock *sk)
{
	struct synoptic_handshake_counts *row = find_listener(sk);

	return row ? row : rest_of(SYNOPTIC_INBOUND);
}

static __always_inline struct synoptic_handshake_counts *
outbound_row(const struct sock *sk, __u64 now)
{
	struct synoptic_handshake_key key = {
		.netns_cookie = CAST(sock_common, sk)->skc_net.net->net_cookie,
		.address = { 0 }, /* all of it, and not only the cgroup */
		.direction = SYNOPTIC_OUTBOUND,
	};
	struct synoptic_handshake_counts *row;

	key.cgroup = sk->sk_cgrp_data.cgroup->kn->id;
	row = find_row(&key);
	if (!row)
		row = make_row(&key, now);
	return row ? row : rest_of(SYNOPTIC_OUTBOUND);
}

/*
 * sk_clone_lock() leaves an accepted socket its listener's backlog, and one that was opened with
 * connect(2) has none. A listener with a backlog of 0 marks none of its sockets. They have no
 * struct socket before they are accepted, which is seldom before they are ESTABLISHED.
 */
static __always_inline bool is_marked(const struct sock *sk)
{
	return sk->sk_max_ack_backlog != 0;
}

static __always_inline bool is_opened_inbound(const struct sock *sk)
{
	if (is_marked(sk))
		return true;
	if (sk->sk_socket)
		return false;
	unmarked_listeners = 1;
	return true;
}

static __always_inline struct synoptic_handshake_counts *
row_of_closed(const struct sock *sk, __u64 now)
{
	struct synoptic_handshake_counts *row;

	if (is_marked(sk))
		return inbound_row(sk);
	row = unmarked_listeners ? find_listener(sk) : NULL;
	return row ? row : outbound_row(sk, now);
}

/*
 * A socket starts as a copy of its listener, which keeps in ts_recent_stamp when it last had to send
 * cookies: tcp_synq_overflow(), include/net/tcp.h. With SO_REUSEPORT it is kept elsewhere.
 */
static __always_inline void note_accepted(const struct sock *sk, struct processor *processor)
{
	const struct sock_common *common = CAST(sock_common, sk);
	bool sent_cookies = CAST(tcp_sock, sk)->rx_opt.ts_recent_stamp != 0 ||
			    BPF_CORE_READ_BITFIELD(common, skc_reuseport);

	processor->cookie = sent_cookies ? (__u64)sk : 0;
}

/* A cookie's timestamp ends in the options that it stands for: cookie_init_timestamp(). */
static __always_inline bool has_cookies_timestamp(const struct tcp_options_received *options)
{
	__u32 expected = BPF_CORE_READ_BITFIELD(options, wscale_ok)
				 ? BPF_CORE_READ_BITFIELD(options, snd_wscale)
				 : COOKIE_NO_SCALE;

	if (BPF_CORE_READ_BITFIELD(options, sack_ok))
		expected |= COOKIE_SACK;
	return (options->rcv_tsecr & (COOKIE_NO_SCALE | COOKIE_SACK)) == expected;
}

/*
 * With a cookie the kernel has no time of the SYN-ACK. It takes that of the timestamp option, which
 * is in milliseconds, or none: tcp_synack_rtt_meas(). Without a cookie it has microseconds.
 */
static __always_inline bool was_cookie(const struct sock *sk, const struct processor *processor)
{
	const struct tcp_sock *tcp = CAST(tcp_sock, sk);
	__u32 srtt = tcp->srtt_us;

	if (processor->cookie != (__u64)sk || tcp->total_retrans != 0)
		return false;
	return srtt == 0 || (srtt % SRTT_MILLISECOND == 0 && has_cookies_timestamp(&tcp->rx_opt));
}

/* Not static: the verifier looks at it once, and not once for each of its results. */
__attribute__((noinline)) __u32 cell_of(__u32 microseconds)
{
	__u32 cell = 0;

	for (__u32 half = 32; half > 0; half /= 2)
		if (microseconds > bounds[(cell + half - 1) & 63])
			cell += half;
	return cell;
}

static __always_inline void count_duration(struct synoptic_handshake_counts *row, __u32 srtt)
{
	/* The lowest three bits are a fraction. */
	__u32 microseconds = srtt >> 3, cell = cell_of(microseconds);

	if (srtt == 0 || cell >= SYNOPTIC_DURATION_CELLS)
		return;
	add(&row->durations[cell], 1);
	add(&row->duration_microseconds, microseconds);
}

static __always_inline void count_opened(const struct sock *sk, int old,
					 struct processor *processor)
{
	__u64 now = coarse_now(processor);
	const struct tcp_sock *tcp = CAST(tcp_sock, sk);
	/* A socket whose SYN met the peer's SYN is SYN_RECV, too. */
	bool inbound = old == TCP_SYN_RECV && is_opened_inbound(sk);
	struct synoptic_handshake_counts *row = inbound ? inbound_row(sk) : outbound_row(sk, now);
	bool cookie = inbound && was_cookie(sk, processor);
	__u32 repeats = tcp->total_retrans;

	if (!row)
		return;
	row->last = now;
	add(&row->opened, 1);
	if (cookie)
		add(&row->syncookies, 1);
	else if (repeats == 0)
		count_duration(row, tcp->srtt_us);
	else if (repeats < SYNOPTIC_REPEATS)
		add(&row->repeated[repeats - 1], 1);
	else
		add(&row->repeated[SYNOPTIC_REPEATS - 1], 1);
}

/*
 * Whether an error is read already: getsockopt(2) with SO_ERROR takes no lock, and may come before
 * the transition. What the program does itself owns the socket, and what nobody has accepted no
 * program reads.
 */
static __always_inline bool is_error_gone(const struct sock *sk)
{
	return sk->sk_err == 0 && sk->sk_socket && !sk->sk_lock.owned;
}

/* The program has closed the socket, or the peer has sent its FIN. */
static __always_inline bool is_ending(const struct sock *sk)
{
	return CAST(sock_common, sk)->skc_flags & (1 << SOCK_DEAD | 1 << SOCK_DONE);
}

/* Without an error a state that has seen all FINs ends well, and another one was aborted here. */
static __always_inline __u32 how_closed(const struct sock *sk, int old)
{
	switch (sk->sk_err) {
	case 0:
		break;
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
		return SYNOPTIC_CLOSED_TIMEOUT;
	default:
		return SYNOPTIC_CLOSED_RESET;
	}
	if (old == TCP_LAST_ACK || old == TCP_CLOSING)
		return SYNOPTIC_CLOSED_FIN;
	return old == TCP_FIN_WAIT2 && is_ending(sk) ? SYNOPTIC_CLOSED_FIN : SYNOPTIC_CLOSED_RESET;
}

static __always_inline __u32 closed_by(const struct sock *sk, int old)
{
	int error = sk->sk_err;

	switch (old) {
	case TCP_CLOSING:
		return SYNOPTIC_CLOSED_BY_BOTH;
	case TCP_CLOSE_WAIT:
	case TCP_LAST_ACK:
		return SYNOPTIC_CLOSED_BY_PEER;
	case TCP_ESTABLISHED:
		return error == ECONNRESET || error == EPIPE || is_error_gone(sk)
			       ? SYNOPTIC_CLOSED_BY_PEER
			       : SYNOPTIC_CLOSED_BY_LOCAL;
	default:
		return SYNOPTIC_CLOSED_BY_LOCAL;
	}
}

static __always_inline void count_closed(const struct sock *sk, int old, __u64 now)
{
	struct synoptic_handshake_counts *row = row_of_closed(sk, now);
	__u32 by = closed_by(sk, old), how = how_closed(sk, old);

	if (!row)
		return;
	row->last = now;
	add(&row->closed[by % SYNOPTIC_CLOSED_BY][how % SYNOPTIC_CLOSED_HOW], 1);
}

/* Without an error connect(2) itself has failed, or the program or a tool has given it up. */
static __always_inline __u32 failure_without_error(const struct sock *sk)
{
	const struct socket *socket = sk->sk_socket;

	if (is_error_gone(sk))
		return SYNOPTIC_FAILED_OTHER;
	if (!socket || socket->state != SS_UNCONNECTED)
		return SYNOPTIC_FAILED_ABORTED;
	return local_port(sk) == 0 ? SYNOPTIC_FAILED_NO_PORT : SYNOPTIC_FAILED_OTHER;
}

static __always_inline __u32 failure_of(const struct sock *sk)
{
	switch (sk->sk_err) {
	case 0:
		return failure_without_error(sk);
	case ECONNREFUSED:
		return SYNOPTIC_FAILED_REFUSED;
	case ETIMEDOUT:
		return SYNOPTIC_FAILED_TIMED_OUT;
	/* icmp_err_convert, net/ipv4/icmp.c, and icmpv6_err_convert(). */
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENONET:
	case ENOPROTOOPT:
	case EOPNOTSUPP:
	case EACCES:
		return SYNOPTIC_FAILED_UNREACHABLE;
	case ECONNRESET:
	case EPIPE:
		return SYNOPTIC_FAILED_RESET;
	case ECONNABORTED:
		return SYNOPTIC_FAILED_ABORTED;
	default:
		return SYNOPTIC_FAILED_OTHER;
	}
}

static __always_inline void count_failed(const struct sock *sk, __u64 now)
{
	struct synoptic_handshake_counts *row = outbound_row(sk, now);
	__u32 failure = failure_of(sk);

	if (!row)
		return;
	row->last = now;
	add(&row->failed[failure % SYNOPTIC_FAILURES], 1);
}

static __always_inline void count_end(const struct sock *sk, int old, __u64 now)
{
	switch (old) {
	case TCP_SYN_SENT:
		count_failed(sk, now);
		break;
	case TCP_SYN_RECV:
		/* Of SYN_SENT sockets that met a SYN; a child that isn't ESTABLISHED has opened nothing. */
		if (!is_marked(sk) && sk->sk_socket)
			count_failed(sk, now);
		break;
	case TCP_ESTABLISHED:
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
	case TCP_CLOSE_WAIT:
	case TCP_LAST_ACK:
	case TCP_CLOSING:
		count_closed(sk, old, now);
		break;
	}
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(synoptic_state, const struct sock *sk, int old, int state)
{
	bool opened = state == TCP_ESTABLISHED || (old == TCP_SYN_RECV && state != TCP_CLOSE);
	struct processor *processor;

	if (!opened && state != TCP_CLOSE && state != TCP_LISTEN && old != TCP_LISTEN)
		return 0;
	processor = this_processor();
	/* MPTCP and SCTP have the same states. */
	if (!processor || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (opened)
		count_opened(sk, old, processor);
	else if (state == TCP_CLOSE)
		count_end(sk, old, coarse_now(processor));
	else if (old == TCP_LISTEN)
		note_accepted(sk, processor);
	else
		note_listener(CAST(sock_common, sk), coarse_now(processor));
	return 0;
}

/* `sk` is the listener; with TCP Fast Open the socket that it has opened. */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(synoptic_synack, const struct sock *sk)
{
	const struct sock_common *common = CAST(sock_common, sk);
	__u64 now = bpf_ktime_get_ns();
	struct synoptic_handshake_counts *row;

	row = common->skc_state == TCP_LISTEN ? note_listener(common, now) : find_listener(sk);
	if (!row)
		row = rest_of(SYNOPTIC_INBOUND);
	if (row) {
		row->last = now;
		add(&row->syn_acks_repeated, 1);
	}
	return 0;
}

/*
 * Attached to nothing: BPF_PROG_TEST_RUN runs it with a key. It removes a row of which nothing has
 * been counted for long, and returns 1 if it has.
 */
SEC("raw_tp")
int synoptic_forget(const struct synoptic_handshake_key *context)
{
	struct synoptic_handshake_key key = *context;
	struct synoptic_handshake_counts *row = find_row(&key);

	if (!row || key.netns_cookie == 0 ||
	    bpf_ktime_get_ns() < row->last + handshake_idle(row, idle_nanoseconds))
		return 0;
	return bpf_map_delete_elem(&handshakes, &key) == 0;
}

char _license[] SEC("license") = "GPL";
