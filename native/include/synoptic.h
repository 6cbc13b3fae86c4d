/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * synoptic.h - counts the TCP sockets of one Linux network namespace, or of all.
 *
 *   synoptic_scan()       reads every TCP socket of the calling thread's network namespace
 *   synoptic_scan_node()  reads those of every network namespace of the host
 *   synoptic_snapshot     what both write into the caller's buffer: a header and tables
 *   synoptic_sample()     polls the listeners and adds up what their accept queues do in between
 *   synoptic_read_handshakes()
 *                         reads what a BPF program has counted: connections as they open, fail and
 *                         close
 *
 * The library
 *   - allocates nothing, keeps nothing between calls but in the caller's buffers, and starts no
 *     thread;
 *   - needs no privilege;
 *   - is thread-safe, with one buffer for each thread;
 *   - changes the process in synoptic_wait_for_stop() and synoptic_protect() only.
 *
 * A function that can fail returns 0 or more, or -errno.
 *
 * A comment names a field's source in the kernel: idiag_* are fields of struct inet_diag_msg, which
 * sock_diag sends, sk_* of struct sock. Byte order is the host's unless "network order" is said.
 */
#ifndef SYNOPTIC_H
#define SYNOPTIC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The version of the layout below. It changes when a field moves or changes its meaning. New
 * tables, and new fields at the end of a row, leave it as it is: a reader finds a table by its
 * number, goes from row to row by its stride, and ignores what it doesn't know.
 */
#define SYNOPTIC_ABI 2

/* The kernel interface that a scan reads. */
enum synoptic_source {
	SYNOPTIC_SOURCE_AUTO      = 0, /* the best that works; never in a snapshot */
	SYNOPTIC_SOURCE_SOCK_DIAG = 1, /* a netlink dump, net/ipv4/inet_diag.c */
	SYNOPTIC_SOURCE_PROC      = 2, /* /proc/net/tcp and tcp6: more CPU time, fewer fields */
	SYNOPTIC_SOURCE_BPF       = 3, /* tcp_hashinfo, by a BPF program: synoptic_scan_node() only */
};

/* An AF_INET6 socket with v4-mapped addresses (::ffff:a.b.c.d) counts as IPv4: its packets are IPv4. */
enum synoptic_family {
	SYNOPTIC_IPV4 = 0,
	SYNOPTIC_IPV6 = 1,
	SYNOPTIC_FAMILIES
};

/* States are TCP_ESTABLISHED (1) to TCP_CLOSING (11), include/net/tcp_states.h. 0 is unused. */
#define SYNOPTIC_STATES 12

/* Why a netlink message, or with bpf a record, was rejected. It is skipped and counted. */
enum synoptic_rejection {
	SYNOPTIC_REJECTED_SENDER   = 0, /* nl_pid of the sender is not 0, the kernel's */
	SYNOPTIC_REJECTED_SEQUENCE = 1, /* nlmsg_seq of another request */
	SYNOPTIC_REJECTED_PORTID   = 2, /* nlmsg_pid of another socket */
	SYNOPTIC_REJECTED_RECORD   = 3, /* a socket or process that changed while it was read */
	SYNOPTIC_REJECTED_CHAIN    = 4, /* the rest of a hash chain of more than 16,000, or of a list */
	SYNOPTIC_REJECTIONS
};

/* Where a table's rows are. */
struct synoptic_table {
	uint32_t offset; /* bytes from the start of the snapshot */
	uint32_t count;  /* rows */
	uint32_t stride; /* bytes from one row to the next */
	uint32_t reserved;
};

enum synoptic_table_number {
	SYNOPTIC_NAMESPACES   = 0, /* struct synoptic_namespace; synoptic_scan(): one row */
	SYNOPTIC_LISTENERS    = 1, /* struct synoptic_listener */
	SYNOPTIC_OWNERS       = 2, /* struct synoptic_owner; two rows or more */
	SYNOPTIC_DESTINATIONS = 3, /* struct synoptic_destination; the busiest first */
	SYNOPTIC_TABLES
};

/* A snapshot starts with this header. */
struct synoptic_snapshot {
	uint32_t abi;    /* SYNOPTIC_ABI */
	uint32_t size;   /* bytes in use, header and tables */
	uint32_t source; /* enum synoptic_source: the one that was read */
	/* The errno that the better source failed with; 0 if there is none better, or a source was named. */
	uint32_t fallback_error;
	uint32_t tables; /* entries of `table` below: SYNOPTIC_TABLES */
	/* Network namespaces that the buffer had no row for; their sockets are not in the snapshot. */
	uint32_t unlisted_namespaces;

	uint64_t scanned_sockets; /* without duplicate_sockets */
	/*
	 * Sockets that the source listed twice. The tables count them once.
	 *   sock_diag, proc  A dump resumes a hash chain by position: inet_diag_dump_icsk(),
	 *                    net/ipv4/inet_diag.c. If a socket enters the chain meanwhile, the dump
	 *                    repeats others; if one leaves, it misses others. When as many enter as
	 *                    leave, n repeated are about n missed.
	 *   bpf              A chain is read at once. A socket that stays is never missed.
	 */
	uint64_t duplicate_sockets;
	/* Listening sockets that the buffer had no row for; their connections count as outbound. */
	uint64_t unlisted_listeners;
	/* By enum synoptic_rejection. */
	uint64_t rejected_messages[SYNOPTIC_REJECTIONS];

	struct synoptic_table table[SYNOPTIC_TABLES];
};

/* Fields that not every source has: without its bit a field has no meaning. */
enum synoptic_known {
	/* of synoptic_listener: */
	SYNOPTIC_KNOWN_LIMIT = 1, /* accept_queue_limit */
	SYNOPTIC_KNOWN_DROPS = 2, /* drops */
	SYNOPTIC_KNOWN_SYN_QUEUE = 32, /* syn_queue_length, fast_open_queue_length: bpf */
	/* of synoptic_namespace: */
	SYNOPTIC_KNOWN_TIMERS = 4, /* outbound_timers, and `timers` of its listeners */
	SYNOPTIC_KNOWN_ORPHANS = 8, /* orphans */
	SYNOPTIC_KNOWN_AGES = 16, /* every struct synoptic_close_wait of it, its listeners and owners */
};

/*
 * Connections by the timer that the kernel reports of each, and by how often it has expired:
 * idiag_timer and idiag_retrans; `tr` and `retrnsmt` in /proc/net/tcp; icsk_pending and
 * icsk_retransmits. It reports one: that for what was sent and isn't acknowledged yet, else that
 * of a zero window, else that of keepalive.
 */
struct synoptic_timers {
	/* In other states than the next: a segment was repeated, and still isn't acknowledged. */
	uint32_t retransmitting;
	/* The peer's window has no room for what waits to be sent: ICSK_TIME_PROBE0. */
	uint32_t zero_window;
	/*
	 * In SYN_SENT and SYN_RECV: the SYN or SYN-ACK was repeated. Of a request socket num_retrans
	 * of struct request_sock; from proc num_timeout, which doesn't count what a repeated SYN of
	 * the peer's was answered with.
	 */
	uint32_t repeated_syn;
	/* With SO_KEEPALIVE, and idle: sk_timer. */
	uint32_t keepalive;
};

/*
 * Connections in CLOSE_WAIT by age: the time since the last acknowledgement from the peer, which
 * came with its FIN: tcpi_last_ack_recv, rcv_tstamp. A later one sets the age back to 0: an answer
 * to keepalive, or to what the program still sends.
 *   bpf        of every connection
 *   sock_diag  asked for these alone, and only if there are any; unknown if that takes too long
 *   proc       unknown
 */
struct synoptic_close_wait {
	uint32_t oldest; /* milliseconds; 0 if there is no connection */
	/* Connections that are older, each of the first two with those of the next. */
	uint32_t over_one_minute;
	uint32_t over_ten_minutes;
	uint32_t over_one_hour;
};

/* One row for each network namespace: struct net. */
struct synoptic_namespace {
	/*
	 * Sockets by enum synoptic_family and state: idiag_state, sk_state.
	 *   SYN_RECV   request sockets: TCP_NEW_SYN_RECV in the kernel
	 *   TIME_WAIT  timewait sockets; those with tw_substate FIN_WAIT2 count as FIN_WAIT2
	 *   LISTEN     listening sockets
	 *   CLOSE      0: the kernel has such sockets in no table
	 */
	uint64_t sockets[SYNOPTIC_FAMILIES][SYNOPTIC_STATES];
	/*
	 * Sums over all sockets but listeners. A SYN or FIN counts no byte.
	 *   receive  received, not yet read by the program: idiag_rqueue, rcv_nxt - copied_seq
	 *   send     written, not yet acknowledged: idiag_wqueue, write_seq - snd_una
	 */
	uint64_t receive_queue_bytes;
	uint64_t send_queue_bytes;
	/* Sockets by state, both families, that belong to no listener and are none. */
	uint64_t outbound[SYNOPTIC_STATES];
	/*
	 * The most local ports in use towards one struct synoptic_destination.
	 *   ports  never too low
	 *   error  too high by this at most
	 */
	uint32_t busiest_destination_ports;
	uint32_t busiest_destination_error;
	/*
	 * The inode number in /proc/PID/ns/net: net->ns.inum. From synoptic_scan() 0: the caller's
	 * namespace.
	 */
	uint64_t netns;
	/*
	 * From here to pid_started, and time_wait_reuse_mode, fields are set by
	 * synoptic_scan_node(), and 0 otherwise. Of them synoptic_scan_node_listeners() sets the
	 * cookie alone.
	 */
	uint64_t cookie; /* unique until the host restarts, which inode numbers are not: net->net_cookie */
	uint32_t pid;    /* the process in it that started first, in the initial PID namespace; or 0 */
	/* sysctls of the namespace: the field's name in struct net -> the sysctl */
	uint32_t time_wait_buckets_limit; /* sysctl_max_tw_buckets: net.ipv4.tcp_max_tw_buckets */
	uint32_t syncookies_mode;         /* sysctl_tcp_syncookies: net.ipv4.tcp_syncookies */
	uint32_t somaxconn;               /* sysctl_somaxconn: net.core.somaxconn */
	uint32_t max_syn_backlog;         /* sysctl_max_syn_backlog: net.ipv4.tcp_max_syn_backlog */
	/* Ports of net.ipv4.ip_local_port_range without those of ip_local_reserved_ports. */
	uint32_t ephemeral_ports_limit;
	/*
	 * The user that owns the namespace, in the initial user namespace: net->user_ns->owner. Of
	 * nested user namespaces the outermost that is not root's counts, so a user with a range of
	 * subordinate uids (subuid(5)) is one user.
	 */
	uint32_t owner_uid;
	uint32_t reserved;
	/* When `pid` started, in nanoseconds since boot: task->start_boottime. */
	uint64_t pid_started;
	/* Of the connections in `outbound`. */
	struct synoptic_timers outbound_timers;
	/*
	 * Full sockets in FIN_WAIT1, FIN_WAIT2, LAST_ACK and CLOSING that no program has open any
	 * more: idiag_inode is 0, SOCK_DEAD in sk_flags. Most in FIN_WAIT2 are timewait sockets soon,
	 * and not counted: idiag_timer is 3.
	 */
	uint32_t orphans;
	uint32_t known; /* enum synoptic_known, ORed */
	struct synoptic_close_wait outbound_close_wait; /* of those in `outbound` */
	/*
	 * As busiest_destination_ports, without those in TIME_WAIT that a new connection may take:
	 *   held[0]  if it takes none: the same
	 *   held[1]  if it takes all: net.ipv4.tcp_tw_reuse=1
	 *   held[2]  if it takes those with an address of the loopback interface: 2, the default
	 * Each is never too low. It takes one after a second, and if both sides had TCP timestamps.
	 */
	uint32_t busiest_destination_held[3];
	/* sysctl_tcp_tw_reuse: net.ipv4.tcp_tw_reuse; 0 if sysctl_tcp_timestamps is 0 */
	uint32_t time_wait_reuse_mode;
};

/*
 * One row for each listening socket. Where several have one address and port (SO_REUSEPORT,
 * SO_BINDTODEVICE), the first row has the connections of all.
 */
struct synoptic_listener {
	/* Unique while the socket exists: idiag_cookie; from proc and bpf its inode number. */
	uint64_t cookie;
	/* idiag_src, in network order; IPv4: the first four bytes. All zero is the wildcard. */
	uint8_t address[16];
	uint16_t port;  /* idiag_sport */
	uint8_t family; /* enum synoptic_family; a dual-stack :: is IPv6 */
	uint8_t known;  /* enum synoptic_known, ORed: LIMIT, DROPS, SYN_QUEUE */
	/* The queue is full when its length is above the limit: sk_acceptq_is_full(). */
	uint32_t accept_queue_length; /* idiag_rqueue: sk_ack_backlog */
	uint32_t accept_queue_limit;  /* idiag_wqueue: sk_max_ack_backlog, at most somaxconn */
	uint32_t drops;               /* segments, modulo 2^32: SK_MEMINFO_DROPS, sk_drops */
	/*
	 * Sockets by state that belong to the listener, as in __inet_lookup_listener(): their local
	 * port is its port, and their local address is its address; or no listener of the port has
	 * that address, and this one's is the wildcard. SYN_RECV is the length of the SYN queue.
	 */
	uint32_t connections[SYNOPTIC_STATES];
	uint64_t cgroup;    /* as in struct synoptic_owner */
	uint64_t inode;     /* the number in /proc/PID/fd, "socket:[NUMBER]": idiag_inode */
	uint32_t netns_row; /* its row of SYNOPTIC_NAMESPACES */
	uint32_t ipv6only;  /* 1 with IPV6_V6ONLY: INET_DIAG_SKV6ONLY, skc_ipv6only; from proc 0 */
	/* Of its `connections`; the bits for both are in the namespace's row. */
	struct synoptic_timers timers;
	struct synoptic_close_wait close_wait;
	/* Of this socket alone, where several have one address and port. */
	uint32_t syn_queue_length;       /* icsk_accept_queue.qlen */
	uint32_t fast_open_queue_length; /* not yet acknowledged: icsk_accept_queue.fastopenq.qlen */
};

/* Bytes as in struct synoptic_namespace, and how many connections have any. */
struct synoptic_queues {
	uint64_t receive_bytes;
	uint64_t send_bytes;
	uint32_t receive_connections;
	uint32_t send_connections;
};

/*
 * One row for each cgroup and network namespace in which it has connections. All rows together
 * count each socket once, without listeners.
 *   row 0       SYNOPTIC_OWNER_UNKNOWN of the first namespace; always there
 *   row 1       SYNOPTIC_OWNER_OTHER of all namespaces; always there
 *   other rows  a cgroup, or SYNOPTIC_OWNER_UNKNOWN of another namespace
 */
struct synoptic_owner {
	/*
	 * The cgroup v2 in which the socket was opened, by the inode number of its directory:
	 * INET_DIAG_CGROUP_ID (Linux 5.8), sk_cgrp_data.
	 *   - The cgroup may be removed by now.
	 *   - An accepted socket has its listener's cgroup.
	 */
	uint64_t cgroup;
	uint32_t inbound[SYNOPTIC_STATES];  /* by state: belonging to a listener */
	uint32_t outbound[SYNOPTIC_STATES]; /* belonging to none, or to one that is closed */
	uint32_t netns_row; /* its row of SYNOPTIC_NAMESPACES; of SYNOPTIC_OWNER_OTHER 0 */
	uint32_t reserved;
	struct synoptic_queues inbound_queues, outbound_queues;
	struct synoptic_close_wait inbound_close_wait, outbound_close_wait;
};

/* Request and timewait sockets, which have no cgroup; all sockets from proc or before Linux 5.8. */
#define SYNOPTIC_OWNER_UNKNOWN 0
/* All cgroups that the buffer had no row for, in all namespaces. */
#define SYNOPTIC_OWNER_OTHER UINT64_MAX

#define SYNOPTIC_DESTINATIONS_MOST 16

/*
 * One row for each of the SYNOPTIC_DESTINATIONS_MOST destinations with most local ports in use.
 * connect(2) fails with EADDRNOTAVAIL when all ports of net.ipv4.ip_local_port_range are in use
 * from one local address towards one destination.
 *   - Each socket of `outbound` uses one port, also in TIME_WAIT; not in SYN_RECV or CLOSE.
 *   - With up to 2,048 destinations in all scanned namespaces `ports` is exact: `error` is 0.
 *   - With more, `error` is at most 1/2,049 of the sockets counted.
 *   - A destination without a row has no more ports than the last row has; if there is no row,
 *     no more than busiest_destination_ports.
 */
struct synoptic_destination {
	/* Addresses in network order; IPv4: the first four bytes. */
	uint8_t source[16];      /* the local address: idiag_src */
	uint8_t destination[16]; /* idiag_dst */
	uint16_t port;           /* idiag_dport */
	uint8_t family;          /* enum synoptic_family */
	uint8_t reserved;
	uint32_t ports;     /* never too low */
	uint32_t error;     /* `ports` is too high by this at most */
	uint32_t netns_row; /* its row of SYNOPTIC_NAMESPACES */
	uint32_t time_wait; /* of `ports`, at least so many are in TIME_WAIT */
};

/*
 * Returns the bytes of a buffer with room for
 *   listeners   listening sockets: 0 to 65,534
 *   owners      cgroups, not counting the first two rows and those of unknown owners; 1,000 are
 *               plenty
 *   namespaces  network namespaces: 1 for synoptic_scan()
 * What finds no row is counted in the header or in SYNOPTIC_OWNER_OTHER.
 *
 * It is more than 100 KiB, because destinations are counted in the buffer. 0 means too much:
 * listeners above 65,534, or owners and namespaces above 65,535 together; or no namespace.
 */
size_t synoptic_snapshot_size(uint32_t listeners, uint32_t owners, uint32_t namespaces);

/*
 * Scans the network namespace of the calling thread; with SYNOPTIC_SOURCE_PROC, of the process.
 *   source      SYNOPTIC_SOURCE_AUTO tries sock_diag in every scan, and reads proc in the
 *               same scan if sock_diag is refused: synoptic_refusal()
 *   procfs      where procfs is mounted: "/proc"
 *   timeout_ms  the scan ends within so many milliseconds: 1 or more
 *   buffer      for the snapshot, aligned to 8
 *   size        of the buffer, in bytes: synoptic_snapshot_size()
 *   owners      rows for owners; the rest of the buffer is for listeners
 *
 * Returns 0 and a complete snapshot; or -errno and a snapshot with empty tables, in which only
 * source, fallback_error and rejected_messages have a meaning.
 *   -EINVAL           unknown source, timeout 0, buffer misaligned or too small for so many
 *                     owners; or the kernel refuses the request for a dump
 *   -EACCES, -EPERM   the source is forbidden (seccomp, SELinux, hidepid)
 *   -EAFNOSUPPORT, -EPROTONOSUPPORT, -EOPNOTSUPP, -ENOENT
 *                     the kernel, or an emulated one, lacks the source
 *   -EMFILE, -ENFILE, -ENOBUFS, -ENOMEM
 *                     no descriptor, no memory
 *   -EMSGSIZE         an answer was truncated
 *   -EPROTO, -EBADMSG an answer that no Linux kernel gives
 *   -ETIMEDOUT        the scan took longer than timeout_ms
 *   others            the errno of a system call of the scan
 */
int synoptic_scan(enum synoptic_source source, const char *procfs, uint32_t timeout_ms,
		  void *buffer, size_t size, uint32_t owners);

/* What the errno of a failed scan means for its source. */
enum synoptic_refusal {
	SYNOPTIC_REFUSAL_NONE        = 0, /* a timeout or a shortage: the next scan may succeed */
	SYNOPTIC_REFUSAL_FORBIDDEN   = 1, /* EPERM, EACCES */
	SYNOPTIC_REFUSAL_UNSUPPORTED = 2, /* the kernel, or an emulated one, lacks the source */
	SYNOPTIC_REFUSAL_IMPLAUSIBLE = 3, /* an answer that no Linux kernel gives */
	SYNOPTIC_REFUSAL_OTHER       = 4,
	SYNOPTIC_REFUSALS
};

/*
 * Classifies `error`, a positive errno, of a scan that failed. Unless it is
 * SYNOPTIC_REFUSAL_NONE, SYNOPTIC_SOURCE_AUTO reads the next source.
 */
enum synoptic_refusal synoptic_refusal(int error);

/*
 * Like synoptic_scan(), for listening sockets only: no other table has rows, and no connection is
 * counted.
 *   - sock_diag costs what the listeners cost, with any number of connections.
 *   - proc is read to its end, because not every kernel lists listeners first.
 */
int synoptic_scan_listeners(enum synoptic_source source, const char *procfs, uint32_t timeout_ms,
			    void *buffer, size_t size);

/*
 * Like synoptic_scan(), for every network namespace of the host, in one pass over the kernel's
 * tables: SYNOPTIC_SOURCE_BPF.
 *   program, records  descriptors of a BPF program and its map, which synoptic-launcher has
 *                     loaded and left open; their use needs no privilege
 *   owners            rows for owners
 *   namespaces        rows for namespaces; the rest of the buffer is for listeners
 *
 *   - No system call takes much longer than half a millisecond, with any number of namespaces.
 *   - Any number of threads and processes may use the same descriptors at once. They take
 *     turns at each system call.
 *
 * Returns 0 and a complete snapshot, or -errno and one with empty tables:
 *   -EINVAL          timeout 0, buffer misaligned or too small for so many owners and
 *                    namespaces
 *   -EBADF           a descriptor isn't open
 *   -EPROTO          the program and this library are of different versions
 *   -EPERM, -EACCES  bpf(2) is forbidden (seccomp)
 *   -ETIMEDOUT       the scan took longer than timeout_ms
 *   others           the errno of a system call of the scan
 */
int synoptic_scan_node(int program, int records, uint32_t timeout_ms, void *buffer, size_t size,
		       uint32_t owners, uint32_t namespaces);

/*
 * Like synoptic_scan_node(), for listening sockets only: it costs what the listeners cost. There are
 * rows for listeners and for all namespaces; of these only LISTEN in `sockets`, netns and cookie
 * are set.
 */
int synoptic_scan_node_listeners(int program, int records, uint32_t timeout_ms, void *buffer,
				 size_t size, uint32_t namespaces);

/*
 * What polls of the listeners add up to, in a buffer of the caller's that lasts from call to call:
 *   synoptic_sampler_start()  makes it
 *   synoptic_sample()         polls until synoptic_sampler_ask(), and adds each poll
 * or, where nothing polls,
 *   synoptic_sampler_add()    adds a scan that the caller made
 * While a call is under way, no other thread reads or writes the buffer. Between calls the caller
 * reads it, and may set `group` of a row. Sums only grow: the caller counts by how much.
 *
 * It starts with this header.
 */
struct synoptic_sampler {
	uint32_t abi;   /* SYNOPTIC_ABI */
	uint32_t asked; /* synoptic_sampler_ask() sets it, the call that answers clears it */
	/* Of the newest poll that succeeded, as in struct synoptic_snapshot. */
	uint32_t source;
	uint32_t fallback_error;
	/*
	 * Listeners that were missing in part or at all: the scan's buffer had no row for them, or
	 * this one none for their group or their drops.
	 */
	uint64_t unlisted_listeners;
	/* When it began, in nanoseconds of CLOCK_MONOTONIC; 0: none has succeeded yet. */
	uint64_t newest;
	/* Of all polls. */
	uint64_t polls;            /* with failed_polls */
	uint64_t failed_polls;
	uint64_t poll_nanoseconds; /* that they took, by CLOCK_MONOTONIC */
	uint32_t error;            /* the errno of the last one; 0 if it succeeded */
	uint32_t reserved;
	/*
	 * The time that all sums over time are of. What a poll shows counts for the time since the
	 * poll before it,
	 *   - unless that is more than a second: then for none of it;
	 *   - not if one of the two was read from proc, which has no limits.
	 */
	uint64_t observed_nanoseconds;
	uint64_t serials; /* the highest `serial` so far */
	/* struct synoptic_sampled; a row stays where it is, and there may be free rows between others. */
	struct synoptic_table rows;
};

/*
 * One row for each address and port of a namespace on which sockets listen: a listener group. It
 * stays after the last of them is closed, and goes on if one is opened again.
 */
struct synoptic_sampled {
	uint64_t serial; /* unique: a row with another serial is another group; 0: the row is free */
	/* net->net_cookie; from synoptic_sample() 0: the caller's namespace. */
	uint64_t netns_cookie;
	/* As in struct synoptic_listener. */
	uint8_t address[16];
	uint16_t port;
	uint8_t family;
	uint8_t known; /* of any of the sockets */
	/*
	 * The number of the row in which full_nanoseconds and utilization_nanoseconds of this one
	 * count. At first its own. If the caller shows several rows as one, it sets one number in
	 * all of them.
	 */
	uint32_t group;
	/* Of the newest poll that showed the group. */
	uint32_t sockets;
	uint64_t seen; /* when it began; the group is closed if it is not synoptic_sampler.newest */
	uint64_t accept_queue_length; /* of all sockets */
	uint64_t accept_queue_limit;  /* of all sockets */
	/* 1 is full, for the kernel queues one more than the limit; more if the limit was lowered since. */
	double utilization;           /* of the fullest socket: length / (limit + 1) */
	/*
	 * Over time.
	 *   drops                    segments, since the group's first poll: the differences of
	 *                            sk_drops modulo 2^32 by socket. A socket that appears is new,
	 *                            and all of its drops count; but not in the first poll, or after
	 *                            one that missed listeners.
	 *   length_nanoseconds       integral of accept_queue_length: connections x nanoseconds.
	 *                            Its rate by the rate of accepts is the mean time in the queue.
	 *   full_nanoseconds         while utilization was 1 or more
	 *   utilization_nanoseconds  integral of utilization
	 *   peak_utilization         the highest of the last 60 to 65 seconds
	 * full_nanoseconds and utilization_nanoseconds are of the highest utilization of all rows
	 * that have this row in `group`.
	 */
	uint64_t drops;
	double length_nanoseconds;
	uint64_t full_nanoseconds;
	double utilization_nanoseconds;
	double peak_utilization;
};

/*
 * Returns the bytes of a buffer for synoptic_sampler_start(), with room for so many listening
 * sockets and as many groups: 1 to 65,534. 0 if that is too much or none.
 */
size_t synoptic_sampler_size(uint32_t listeners);

/*
 * Makes a sampler.
 *   sampler, size  a buffer, aligned to 8: synoptic_sampler_size(listeners)
 *   before         null, or a sampler with less room or the same, which this one goes on from: its
 *                  rows keep their numbers. It isn't used again.
 * Returns 0, or -EINVAL: the buffer is misaligned or too small, or `before` has more room.
 */
int synoptic_sampler_start(void *sampler, size_t size, uint32_t listeners, void *before);

enum synoptic_sampler_end {
	SYNOPTIC_SAMPLER_ASKED = 0,
	SYNOPTIC_SAMPLER_FULL  = 1, /* unlisted_listeners is no longer 0 */
};

/*
 * Polls the listeners of the calling thread's network namespace, until synoptic_sampler_ask().
 *   sampler          from synoptic_sampler_start()
 *   source, procfs   as for synoptic_scan_listeners(), which each poll is
 *   interval_ms      from the start of one poll to the start of the next: 1 or more
 *   timeout_ms       a poll ends within so many milliseconds: 1 or more
 *   buffer, size     for a snapshot
 *
 *   - When it is asked, it polls once more and returns.
 *   - Polls take a hundredth of a core at most: the interval is longer if they need it. What they
 *     don't take is saved for later, up to that of ten seconds. When it is asked and nothing is
 *     left, it returns without another poll.
 *   - The next poll is due an interval after the last one, also if that was in the call before.
 *   - After a poll that fails for a while (SYNOPTIC_REFUSAL_NONE) it goes on.
 *   - The call first frees rows of groups that have been closed for an hour; or for less, as long as
 *     less than a quarter of the rows is free. A row that others have in `group` is kept.
 *
 * Returns
 *   SYNOPTIC_SAMPLER_ASKED
 *   SYNOPTIC_SAMPLER_FULL  with the first poll that had unlisted listeners. A further call goes on
 *                          as well as it can.
 *   -EINVAL                interval or timeout 0, or no sampler
 *   others                 the -errno that a poll failed with
 */
int synoptic_sample(void *sampler, enum synoptic_source source, const char *procfs,
		    uint32_t interval_ms, uint32_t timeout_ms, void *buffer, size_t size);

/*
 * Like synoptic_sample(), for every network namespace of the host: each poll is a
 * synoptic_scan_node_listeners(). It takes a sampler of its own, because sockets and namespaces
 * have other cookies there.
 */
int synoptic_sample_node(void *sampler, int program, int records, uint32_t interval_ms,
			 uint32_t timeout_ms, void *buffer, size_t size, uint32_t namespaces);

/*
 * Adds the listeners of a scan as a poll does: of one namespace or of all, as with the call before.
 *   snapshot  what the scan left in its buffer
 *   began     when it began, in nanoseconds of CLOCK_MONOTONIC: not before the last one
 * Returns SYNOPTIC_SAMPLER_ASKED, or SYNOPTIC_SAMPLER_FULL for the first that had unlisted listeners,
 * or -EINVAL: no sampler, or no snapshot.
 */
int synoptic_sampler_add(void *sampler, const void *snapshot, uint64_t began);

/*
 * Asks the call that is under way with this sampler to return: by any thread, at any time. If none
 * is under way, the next one polls and returns at once.
 */
void synoptic_sampler_ask(void *sampler);

/*
 * What happens to connections between scans. synoptic-launcher --handshakes loads and attaches BPF
 * programs that count it, of every network namespace, in a map of the kernel's;
 * synoptic_read_handshakes() reads that map into the caller's buffer. Source in the kernel: the
 * tracepoints inet_sock_set_state and tcp_retransmit_synack.
 *   - A connection is counted when it opens, fails or closes, and has no entry of its own.
 *   - Counting begins when the programs are attached: of older connections only the close counts.
 *   - Every connection of IPPROTO_TCP counts; of MPTCP each subflow does.
 *
 * Cells of `durations` have these bounds in seconds, each inclusive: the buckets of a histogram
 * that Prometheus' clients have by default, and the powers of two from 2^-17 to 2^3, so that sums
 * of cells are exact for both. The last cell has no bound.
 */
#define SYNOPTIC_DURATION_CELLS 34

/* What a row is of. */
enum synoptic_direction {
	SYNOPTIC_INBOUND  = 0, /* a listener group: those that it has accepted or is about to */
	SYNOPTIC_OUTBOUND = 1, /* a cgroup: those that its programs have opened with connect(2) */
};

/* Which end closed first: it sent the first FIN or RST. */
enum synoptic_closed_by {
	SYNOPTIC_CLOSED_BY_LOCAL = 0, /* this end, or this kernel after a timeout */
	SYNOPTIC_CLOSED_BY_PEER  = 1,
	SYNOPTIC_CLOSED_BY_BOTH  = 2, /* at the same time: the FINs crossed, state CLOSING */
	SYNOPTIC_CLOSED_BY
};

/* How it went on. */
enum synoptic_closed_how {
	SYNOPTIC_CLOSED_FIN     = 0, /* a FIN, and no RST or timeout after it that the socket saw */
	SYNOPTIC_CLOSED_RESET   = 1, /* a RST of either end: ECONNRESET, EPIPE, SO_LINGER 0, unread data */
	SYNOPTIC_CLOSED_TIMEOUT = 2, /* the peer no longer answers: ETIMEDOUT, or why it can't be reached */
	SYNOPTIC_CLOSED_HOW
};

/* Why a connection that was opened with connect(2) failed before it was ESTABLISHED: sk_err. */
enum synoptic_failure {
	SYNOPTIC_FAILED_REFUSED     = 0, /* ECONNREFUSED: the answer to the SYN was a RST */
	SYNOPTIC_FAILED_TIMED_OUT   = 1, /* ETIMEDOUT: no answer to any SYN */
	SYNOPTIC_FAILED_UNREACHABLE = 2, /* EHOSTUNREACH, ENETUNREACH and other answers of ICMP */
	SYNOPTIC_FAILED_RESET       = 3, /* ECONNRESET: a RST after both ends had sent a SYN */
	SYNOPTIC_FAILED_ABORTED     = 4, /* the program gave it up: close(2), or a tool did: ss -K */
	SYNOPTIC_FAILED_NO_PORT     = 5, /* EADDRNOTAVAIL: no local port was free */
	SYNOPTIC_FAILED_OTHER       = 6,
	SYNOPTIC_FAILURES
};

/* The last one counts as many repeats and more. */
#define SYNOPTIC_REPEATS 6

/*
 * What a row is of: unique in a map. With all zeroes but `direction` it is the rest: what the map has
 * no room for, and inbound connections of a listener that no scan had shown when they opened.
 */
struct synoptic_handshake_key {
	uint64_t netns_cookie; /* net->net_cookie, as in struct synoptic_namespace */
	union {
		/* Inbound: of the listeners, as in struct synoptic_listener. */
		uint8_t address[16];
		/* Outbound: as in struct synoptic_owner, and zeroes. */
		uint64_t cgroup;
	};
	uint16_t port;     /* inbound: of the listeners, in host order; outbound: 0 */
	uint8_t family;    /* inbound: enum synoptic_family, a dual-stack :: is IPv6; outbound: 0 */
	uint8_t direction; /* enum synoptic_direction */
	uint32_t reserved; /* 0 */
};

/*
 * What is counted of a row. Counters only grow, each by itself: of a connection that opens during
 * the read, some may be counted and others not yet.
 */
struct synoptic_handshake_counts {
	/*
	 * When the row was made, in nanoseconds of CLOCK_MONOTONIC: a row with another `since` starts
	 * from zero.
	 */
	uint64_t since;
	/* When something was last counted, or a scan showed a listener of the group; to 10 ms. */
	uint64_t last;
	/* Connections that became ESTABLISHED. */
	uint64_t opened;
	/* Of the handshakes in `durations`: the sum, in microseconds. */
	uint64_t duration_microseconds;
	/*
	 * Connections that had been ESTABLISHED, by enum synoptic_closed_by and synoptic_closed_how.
	 * They are closed when the socket is CLOSE: a timewait socket that is left for them counts
	 * nothing, and so does what comes after a FIN if the program has closed the socket (then
	 * FIN_WAIT2 is a timewait socket, too).
	 */
	uint64_t closed[SYNOPTIC_CLOSED_BY][SYNOPTIC_CLOSED_HOW];
	/*
	 * Outbound: by enum synoptic_failure. What connect(2) refuses before it sends a SYN, such as
	 * ENETUNREACH where there is no route, is not counted, but for SYNOPTIC_FAILED_NO_PORT.
	 */
	uint64_t failed[SYNOPTIC_FAILURES];
	/*
	 * Of `opened`: those whose SYN (outbound) or SYN-ACK (inbound) was sent 1, 2, ... times more:
	 * tp->total_retrans. They have no duration, because the kernel measures only the last.
	 */
	uint64_t repeated[SYNOPTIC_REPEATS];
	/*
	 * Inbound, of `opened`: through a SYN cookie. They have no duration, because the kernel
	 * forgets when it sent a cookie.
	 */
	uint64_t syncookies;
	/* Inbound: SYN-ACKs that were sent once more, of handshakes that completed and others. */
	uint64_t syn_acks_repeated;
	/*
	 * Of `opened`: by the duration of the handshake, modulo 2^32: srtt_us at the transition to
	 * ESTABLISHED. Inbound: from the SYN-ACK to the ACK, with TCP_DEFER_ACCEPT to the first
	 * data. Outbound: from the SYN to the SYN-ACK. With TCP Fast Open the same.
	 */
	uint32_t durations[SYNOPTIC_DURATION_CELLS];
};

/* The buffer of synoptic_read_handshakes() starts with this header. */
struct synoptic_handshakes {
	uint32_t abi;  /* SYNOPTIC_ABI */
	uint32_t size; /* bytes in use, header and tables */
	/* 1: the map has more rows than the buffer has room for; the rest counts on meanwhile. */
	uint32_t more;
	uint32_t reserved;
	/*
	 * Transitions that were not counted, because one came while another was counted on the same
	 * processor: recursion_misses of the program. UINT64_MAX: not known.
	 */
	uint64_t missed_events;
	/* Of the cells of `durations`, in seconds; the last is infinite. */
	double bounds[SYNOPTIC_DURATION_CELLS];
	/* struct synoptic_handshake_key and synoptic_handshake_counts: row by row the same group. */
	struct synoptic_table keys;
	struct synoptic_table counts;
};

/* Rows of a map at most. */
#define SYNOPTIC_HANDSHAKES_MOST 65536
/* After so many seconds without an event a row may be removed; a tenth, if it has counted nothing. */
#define SYNOPTIC_HANDSHAKES_IDLE_S 600

/*
 * Returns the bytes of a buffer for synoptic_read_handshakes() with room for so many rows: 1 to
 * SYNOPTIC_HANDSHAKES_MOST, and 0 for others. That of the most has 26 MB; rows that a call has not
 * filled take no memory.
 */
size_t synoptic_handshakes_size(uint32_t rows);

/*
 * Reads what the programs have counted since they were attached.
 *   map, events, forget  descriptors of the map and of two programs, which synoptic-launcher leaves
 *                        open: the three numbers of SYNOPTIC_HANDSHAKES; their use needs no
 *                        privilege
 *   procfs               where procfs is mounted: "/proc"; it knows missed_events, and whether the
 *                        map has such rows
 *   buffer, size         aligned to 8: synoptic_handshakes_size()
 *
 *   - Listener groups have a row from the first scan on that shows them (synoptic_scan_node(),
 *     synoptic_scan_node_listeners() or synoptic_sample_node() with the programs of the same
 *     launcher), or from listen(2) on; others with their first event.
 *   - It removes rows from the map that are in the buffer and of which nothing has been counted,
 *     and no listener seen, for SYNOPTIC_HANDSHAKES_IDLE_S: those of namespaces, listeners and
 *     cgroups that are gone, too. At most 4,096 a call. If such a row comes back, its counters
 *     start from zero.
 *
 * Returns 0, or -errno and a header with empty tables:
 *   -EINVAL          buffer misaligned or too small for a row
 *   -EBADF           a descriptor isn't open
 *   -EPROTO          the map is not of this library's version
 *   -EPERM, -EACCES  bpf(2) is forbidden (seccomp)
 *   others           the errno of bpf(2)
 */
int synoptic_read_handshakes(int map, int events, int forget, const char *procfs, void *buffer,
			     size_t size);

/*
 * Sets the calling thread's nice value to 10, permanently: for a thread that does nothing but scan, so
 * that other threads get the CPU first. Needs no privilege. Returns 0 or -errno.
 */
int synoptic_yield_to_others(void);

/* The CPU time that the calling thread has taken, in user mode and in the kernel. */
uint64_t synoptic_cpu_nanoseconds(void);

/*
 * Sends `state`, lines such as "READY=1" as in sd_notify(3), to the service manager that started
 * this process: one datagram to the socket in the environment's NOTIFY_SOCKET, a path, or @ and
 * an abstract name.
 *
 * Returns 1, 0 if there is no NOTIFY_SOCKET, or -errno:
 *   -EINVAL           NOTIFY_SOCKET is neither, or too long; `state` is empty
 *   -ENOENT, -ECONNREFUSED
 *                     there is no such socket, or nobody reads from it any more
 *   others            the errno of socket() or sendto()
 */
int synoptic_notify(const char *state);

/*
 * Protects this process from others of the same user (PR_SET_DUMPABLE, 0): they can no longer
 * trace it, read its memory or environment, or take its descriptors with pidfd_getfd(2) or from
 * /proc/PID/fd.
 *   - It leaves no core dump.
 *   - It can't be undone, but ends at exec(2): a program that was started with descriptors calls
 *     this first.
 *   - Root, and a process with CAP_SYS_PTRACE, can still do all of that.
 *   - What this process reads in /proc/self doesn't change.
 *
 * Returns 0 or -errno.
 */
int synoptic_protect(void);

/*
 * Waits for SIGTERM, SIGINT or SIGHUP and returns the number of the first one.
 *   - From the call on none of them ends the process. One that was ignored stays ignored.
 *   - It starts no thread, so it works in a daemon that can start none any more.
 *   - It is called once, by one thread.
 * Returns -errno if it can't wait.
 */
int synoptic_wait_for_stop(void);

/* SYNOPTIC_ABI of the library that is loaded. */
uint32_t synoptic_abi(void);

/*
 * The layout as this library was compiled, for a binding to compare with its own:
 *   "synoptic_snapshot"       the size of that structure, in bytes
 *   "synoptic_snapshot.size"  the offset of that field, in bytes
 *   "SYNOPTIC_IPV6"           the value of that enumerator or macro
 * The list ends with a null name.
 */
struct synoptic_constant {
	const char *name;
	uint64_t value;
};
const struct synoptic_constant *synoptic_layout(void);

#ifdef __cplusplus
}
#endif

#endif
