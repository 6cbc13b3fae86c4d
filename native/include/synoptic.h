/*
 * synoptic.h - the TCP sockets of a Linux network namespace, or of all, counted.
 *
 * One call, synoptic_scan(), reads every TCP socket of the calling thread's
 * network namespace once and folds it into a snapshot: a header and tables of
 * counts, in a buffer the caller owns. synoptic_scan_node() does so with every
 * namespace of the host. The library allocates nothing, keeps
 * nothing between calls, starts no thread and needs no privilege; any number
 * of threads may call it at once, each with a buffer of its own. Only
 * synoptic_wait_for_stop() and synoptic_protect() change the process.
 *
 * Every function that can fail returns 0 or more, or -errno.
 */
#ifndef SYNOPTIC_H
#define SYNOPTIC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The layout below. It changes when a field moves or changes its meaning; new
 * tables, and new fields at the end of a row, leave it as it is: readers find
 * a table by its number, walk it by its stride and ignore what they don't know.
 */
#define SYNOPTIC_ABI 2

/* Where the rows come from. */
enum synoptic_source {
	SYNOPTIC_SOURCE_AUTO      = 0, /* the best that works; never in a snapshot */
	SYNOPTIC_SOURCE_SOCK_DIAG = 1, /* a netlink dump, net/ipv4/inet_diag.c */
	SYNOPTIC_SOURCE_PROC      = 2, /* /proc/net/tcp and tcp6: dearer, tells less */
	SYNOPTIC_SOURCE_BPF       = 3, /* the kernel's own tables: synoptic_scan_node() alone */
};

/* A v4-mapped IPv6 socket (::ffff:a.b.c.d) counts as IPv4: so do its segments. */
enum synoptic_family {
	SYNOPTIC_IPV4 = 0,
	SYNOPTIC_IPV6 = 1,
	SYNOPTIC_FAMILIES
};

/*
 * States are the kernel's own numbers, 1 (ESTABLISHED) to 11 (CLOSING),
 * include/net/tcp_states.h. Number 0 is unused.
 */
#define SYNOPTIC_STATES 12

/* Why a message was not believed: a netlink message, or of bpf a record. It is skipped and counted. */
enum synoptic_rejection {
	SYNOPTIC_REJECTED_SENDER   = 0, /* not sent by the kernel */
	SYNOPTIC_REJECTED_SEQUENCE = 1, /* answers another request */
	SYNOPTIC_REJECTED_PORTID   = 2, /* meant for another socket */
	SYNOPTIC_REJECTED_RECORD   = 3, /* of a socket or process that changed while it was read */
	SYNOPTIC_REJECTED_CHAIN    = 4, /* the rest of a chain of more than 16,000, or of a list */
	SYNOPTIC_REJECTIONS
};

/* Where a table's rows stand: `count` rows, `stride` bytes apart. */
struct synoptic_table {
	uint32_t offset; /* bytes from the start of the snapshot */
	uint32_t count;  /* rows */
	uint32_t stride; /* bytes from one row to the next */
	uint32_t reserved;
};

enum synoptic_table_number {
	SYNOPTIC_NAMESPACES   = 0, /* struct synoptic_namespace; one row unless a node was scanned */
	SYNOPTIC_LISTENERS    = 1, /* struct synoptic_listener */
	SYNOPTIC_OWNERS       = 2, /* struct synoptic_owner; two or more */
	SYNOPTIC_DESTINATIONS = 3, /* struct synoptic_destination; the busiest first */
	SYNOPTIC_TABLES
};

/* A snapshot starts with this header. */
struct synoptic_snapshot {
	uint32_t abi;    /* SYNOPTIC_ABI */
	uint32_t size;   /* bytes in use, header and tables */
	uint32_t source; /* enum synoptic_source: where the rows come from */
	/*
	 * Why the rows come from no better source: the errno that it failed
	 * with, or 0 if it is the best there is, or was asked for.
	 */
	uint32_t fallback_error;
	uint32_t tables; /* entries of `table` below: SYNOPTIC_TABLES */
	/* Network namespaces without a row; their sockets are nowhere in the snapshot. */
	uint32_t unlisted_namespaces;

	/* Sockets folded, repeats not counted. */
	uint64_t scanned_sockets;
	/*
	 * Sockets that the source listed twice; the tables count them once.
	 *   - A dump resumes a hash chain by position: inet_diag_dump_icsk(),
	 *     net/ipv4/inet_diag.c. A socket that enters the chain meanwhile makes
	 *     the dump list others twice, one that leaves makes it miss others.
	 *   - When as many come as go, n listed twice are about n missed.
	 *   - bpf reads a chain at once and misses none that stays.
	 */
	uint64_t duplicate_sockets;
	/* Listening sockets without a row; their connections are counted as outbound. */
	uint64_t unlisted_listeners;
	/* Messages not believed, by enum synoptic_rejection. */
	uint64_t rejected_messages[SYNOPTIC_REJECTIONS];

	struct synoptic_table table[SYNOPTIC_TABLES];
};

/* One row a network namespace. */
struct synoptic_namespace {
	/*
	 * Sockets by enum synoptic_family and state: idiag_state of
	 * struct inet_diag_msg. SYN_RECV are request sockets, TIME_WAIT are
	 * timewait sockets (those in their FIN_WAIT2 phase count there); CLOSE
	 * stays 0, for such a socket is in no table of the kernel's.
	 */
	uint64_t sockets[SYNOPTIC_FAMILIES][SYNOPTIC_STATES];
	/*
	 * Of all sockets but listeners, less the SYN or FIN that counts as a byte:
	 *   receive  bytes received and not yet read: idiag_rqueue
	 *   send     bytes sent and not yet acknowledged: idiag_wqueue
	 */
	uint64_t receive_queue_bytes;
	uint64_t send_queue_bytes;
	/* By state, both families: sockets that are no listener and belong to none. */
	uint64_t outbound[SYNOPTIC_STATES];
	/*
	 * The most local ports in use towards one destination, struct synoptic_destination:
	 * never too low, and too high by the error at most.
	 */
	uint32_t busiest_destination_ports;
	uint32_t busiest_destination_error;
	/*
	 * The inode number that /proc/PID/ns/net shows: net->ns.inum. 0 is the namespace of
	 * the caller, unless a node was scanned.
	 */
	uint64_t netns;
	/*
	 * What follows is set by a scan of a node, and 0 elsewhere; a scan of listeners alone leaves
	 * pid, limits and owner 0, too. The cookie names a namespace for as long as the host runs, while a
	 * number is given out again: net->net_cookie.
	 */
	uint64_t cookie;
	/* A process in it, the one that was started first, by the host's numbers; or 0. */
	uint32_t pid;
	/* What sysctl says inside it: the ports are ip_local_port_range without those reserved. */
	uint32_t time_wait_buckets_limit; /* net.ipv4.tcp_max_tw_buckets */
	uint32_t syncookies_mode;         /* net.ipv4.tcp_syncookies */
	uint32_t somaxconn;               /* net.core.somaxconn */
	uint32_t max_syn_backlog;         /* net.ipv4.tcp_max_syn_backlog */
	uint32_t ephemeral_ports_limit;   /* net.ipv4.ip_local_port_range */
	/*
	 * The user it belongs to, by the host's numbers: who owns the user namespace that it
	 * was made in (net->user_ns->owner). Of nested user namespaces the outermost that isn't
	 * root's counts: a user with a range of users in it is one user still.
	 */
	uint32_t owner_uid;
	uint32_t reserved;
	/* When that process was started, in nanoseconds since the host was: task->start_boottime. */
	uint64_t pid_started;
};

/* Figures that not every source knows: one counts only where its bit is set. */
enum synoptic_known {
	SYNOPTIC_KNOWN_LIMIT = 1, /* accept_queue_limit */
	SYNOPTIC_KNOWN_DROPS = 2, /* drops */
};

/*
 * One row a listening socket. Where several share an address and port (SO_REUSEPORT,
 * SO_BINDTODEVICE), the first row has the connections of all.
 */
struct synoptic_listener {
	/* Names the socket while it lives: idiag_cookie; from proc and bpf its inode. */
	uint64_t cookie;
	/* In network order; of IPv4 the first four bytes. Zero is the wildcard. */
	uint8_t address[16];
	uint16_t port;
	uint8_t family; /* enum synoptic_family; the wildcard of both is IPv6 */
	uint8_t known;  /* enum synoptic_known */
	/* Full when the length is above the limit: sk_acceptq_is_full(). */
	uint32_t accept_queue_length; /* idiag_rqueue: sk_ack_backlog */
	uint32_t accept_queue_limit;  /* idiag_wqueue: sk_max_ack_backlog */
	/* Segments dropped by the listener, modulo 2^32: SK_MEMINFO_DROPS, sk_drops. */
	uint32_t drops;
	/*
	 * Sockets by state with this listener's port, and with its address or, if it is the
	 * wildcard, an address without a listener: __inet_lookup_listener().
	 * SYN_RECV is the SYN queue.
	 */
	uint32_t connections[SYNOPTIC_STATES];
	uint64_t cgroup; /* that it was opened in, as struct synoptic_owner has it */
	uint64_t inode;  /* as the links in /proc/PID/fd name it: idiag_inode */
	uint32_t netns_row; /* the row of SYNOPTIC_NAMESPACES that it is in */
	/* 1 if an IPv6 one takes no IPv4 connections: INET_DIAG_SKV6ONLY. From proc always 0. */
	uint32_t ipv6only;
};

/*
 * One row for each cgroup and network namespace in which it has connections. All rows
 * together count each socket but listeners once.
 *   row 0   SYNOPTIC_OWNER_UNKNOWN of the first namespace; always there
 *   row 1   SYNOPTIC_OWNER_OTHER of all namespaces; always there
 *   others  a cgroup, or SYNOPTIC_OWNER_UNKNOWN of another namespace
 */
struct synoptic_owner {
	/*
	 * The inode number of the directory, in the cgroup2 hierarchy, of the cgroup in which
	 * the socket was opened: INET_DIAG_CGROUP_ID (Linux 5.8).
	 *   - The cgroup may be gone since.
	 *   - An accepted socket has its listener's.
	 */
	uint64_t cgroup;
	uint32_t inbound[SYNOPTIC_STATES];  /* by state: belonging to a listener */
	uint32_t outbound[SYNOPTIC_STATES]; /* belonging to none, or to one that is closed */
	uint32_t netns_row; /* the row of SYNOPTIC_NAMESPACES; of SYNOPTIC_OWNER_OTHER 0 */
	uint32_t reserved;
};

/* Request and timewait sockets; before Linux 5.8, and from proc, all sockets. */
#define SYNOPTIC_OWNER_UNKNOWN 0
/* All cgroups that the buffer had no row for, of whatever namespace. */
#define SYNOPTIC_OWNER_OTHER UINT64_MAX

#define SYNOPTIC_DESTINATIONS_MOST 16

/*
 * One row for each of the SYNOPTIC_DESTINATIONS_MOST destinations towards which most local
 * ports are in use. connect(2) fails with EADDRNOTAVAIL when net.ipv4.ip_local_port_range is
 * used up from one local address towards one destination.
 *   - Each `outbound` socket is one port, TIME_WAIT too; request sockets and CLOSE are none.
 *   - Up to 2,048 destinations in all namespaces scanned the ports are exact: `error` is 0.
 *   - Beyond, `error` is at most a 2,049th of the sockets counted.
 *   - A destination without a row has no more ports than the last row; if there is no row,
 *     no more than busiest_destination_ports.
 */
struct synoptic_destination {
	/* In network order; of IPv4 the first four bytes. */
	uint8_t source[16];      /* the socket's own address: idiag_src */
	uint8_t destination[16]; /* idiag_dst */
	uint16_t port;           /* idiag_dport */
	uint8_t family;          /* enum synoptic_family */
	uint8_t reserved;
	uint32_t ports; /* never too low */
	uint32_t error; /* how much too high it is at most */
	uint32_t netns_row; /* the row of SYNOPTIC_NAMESPACES */
};

/*
 * Bytes that a buffer needs; what it has no row for is counted, not listed.
 *   listeners   rows for listening sockets: 0 to 65,534
 *   owners      rows for cgroups, beside the two that are always there and those of unknown
 *               owners; a thousand are plenty
 *   namespaces  rows for network namespaces: 1 for synoptic_scan()
 *
 * Returns 0 for more than 65,534 listeners, for more than 65,535 owners and namespaces
 * together, and for no namespace; else more than 100 KiB, for the counts of destinations.
 */
size_t synoptic_snapshot_size(uint32_t listeners, uint32_t owners, uint32_t namespaces);

/*
 * Scans the calling thread's network namespace; SYNOPTIC_SOURCE_PROC: the process'.
 *   source      SYNOPTIC_SOURCE_AUTO tries sock_diag in every scan, and reads proc within
 *               the same scan if sock_diag is refused: synoptic_refusal()
 *   procfs      where procfs is mounted: "/proc"
 *   timeout_ms  the scan ends within so many milliseconds: 1 or more
 *   buffer      gets the snapshot; aligned to 8
 *   size        of the buffer, in bytes: synoptic_snapshot_size()
 *   owners      rows for owners; the rest of the buffer is for listeners
 *
 * Returns 0 and a complete snapshot, or -errno and a header with empty tables, of which
 * source, fallback_error and rejected_messages count.
 *   -EINVAL           unknown source, timeout 0, buffer misaligned or too small for so
 *                     many owners; or the kernel refuses the request for a dump
 *   -EACCES, -EPERM   the source is forbidden (seccomp, SELinux, hidepid)
 *   -EAFNOSUPPORT, -EPROTONOSUPPORT, -EOPNOTSUPP, -ENOENT
 *                     the kernel, or what stands in for it, has no such source
 *   -EMFILE, -ENFILE, -ENOBUFS, -ENOMEM
 *                     no descriptor, no memory
 *   -EMSGSIZE         an answer was cut off
 *   -EPROTO, -EBADMSG an answer that a Linux kernel doesn't give
 *   -ETIMEDOUT        the scan took longer than timeout_ms
 *   others            what a system call of the scan has failed with
 */
int synoptic_scan(enum synoptic_source source, const char *procfs, uint32_t timeout_ms,
		  void *buffer, size_t size, uint32_t owners);

/* What an error says of the source that has failed with it. */
enum synoptic_refusal {
	SYNOPTIC_REFUSAL_NONE        = 0, /* a timeout or a shortage: the source may answer next time */
	SYNOPTIC_REFUSAL_FORBIDDEN   = 1, /* EPERM, EACCES */
	SYNOPTIC_REFUSAL_UNSUPPORTED = 2, /* the kernel, or what stands in for it, lacks the source */
	SYNOPTIC_REFUSAL_IMPLAUSIBLE = 3, /* an answer that a Linux kernel doesn't give */
	SYNOPTIC_REFUSAL_OTHER       = 4,
	SYNOPTIC_REFUSALS
};

/*
 * Whether a source that has failed with `error`, a positive errno, can't be had: then
 * SYNOPTIC_SOURCE_AUTO takes the next one. Of every errno there is.
 */
enum synoptic_refusal synoptic_refusal(int error);

/*
 * Like synoptic_scan(), of the listening sockets alone: no other table has rows, and no
 * connection is counted.
 *   - sock_diag costs what the listeners cost, however many connections there are.
 *   - proc is read to its end, for not every kernel lists listeners first.
 */
int synoptic_scan_listeners(enum synoptic_source source, const char *procfs, uint32_t timeout_ms,
			    void *buffer, size_t size);

/*
 * Like synoptic_scan(), of every network namespace of the host, in one pass over the
 * kernel's own tables: SYNOPTIC_SOURCE_BPF.
 *   program, records  descriptors of a BPF program and its map, which synoptic-launcher has
 *                     loaded and left open; to use them takes no privilege
 *   owners            rows for owners
 *   namespaces        rows for namespaces; the rest of the buffer is for listeners
 *
 * No call into the kernel takes much longer than half a millisecond, with thousands of
 * namespaces as with one. Any number of threads and processes may call at once with the same
 * descriptors, and take turns from call to call.
 *
 * Returns 0 and a complete snapshot, or -errno and one whose tables are empty:
 *   -EINVAL          timeout 0, buffer misaligned or too small for so many owners and
 *                    namespaces
 *   -EBADF           a descriptor isn't open
 *   -EPROTO          the program and this library are of two versions
 *   -EPERM, -EACCES  bpf(2) is forbidden (seccomp)
 *   -ETIMEDOUT       the scan took longer than timeout_ms
 *   others           what a system call of the scan has failed with
 */
int synoptic_scan_node(int program, int records, uint32_t timeout_ms, void *buffer, size_t size,
		       uint32_t owners, uint32_t namespaces);

/*
 * Like synoptic_scan_node(), of the listening sockets alone: its cost is theirs. There are
 * rows for listeners and for the namespaces of the host, which have no counts but those of
 * their sockets in LISTEN.
 */
int synoptic_scan_node_listeners(int program, int records, uint32_t timeout_ms, void *buffer,
				 size_t size, uint32_t namespaces);

/*
 * Lowers the calling thread's priority for good (nice 10): for a thread that does
 * nothing but scan, so that whoever waits for a core gets it first. Takes no
 * privilege. Returns 0 or -errno.
 */
int synoptic_yield_to_others(void);

/*
 * Sends `state`, lines such as "READY=1" as sd_notify(3) has them, to the service manager
 * that has started this process: one datagram to the socket named by NOTIFY_SOCKET of the
 * environment, a path, or @ and an abstract name.
 *
 * Returns 1, 0 if there is no NOTIFY_SOCKET, or -errno:
 *   -EINVAL           NOTIFY_SOCKET is neither, or too long; `state` is empty
 *   -ENOENT, -ECONNREFUSED
 *                     there is no such socket, or nobody reads from it any more
 *   others            what socket() or sendto() has failed with
 */
int synoptic_notify(const char *state);

/*
 * Keeps other processes of the same user out of this one (PR_SET_DUMPABLE, 0): they can no longer
 * trace it, read its memory or environment, or take its descriptors with pidfd_getfd(2) or
 * from /proc/PID/fd; it leaves no core dump. For good, but not through exec(2): a program that was
 * started with descriptors calls it first. Root, and who has CAP_SYS_PTRACE, can do all that still;
 * what this process itself reads in /proc/self is as before.
 *
 * Returns 0 or -errno.
 */
int synoptic_protect(void);

/*
 * Waits for SIGTERM, SIGINT or SIGHUP, whichever comes first, and returns its number. From
 * the call on none of them ends the process, except that one that was ignored stays so. It starts no thread:
 * a daemon learns of it even where it can start none any more. To be called once, by one
 * thread. Returns -errno if it can't wait.
 */
int synoptic_wait_for_stop(void);

/* SYNOPTIC_ABI of the library that is loaded. */
uint32_t synoptic_abi(void);

/*
 * The layout as this library was compiled, for a binding to compare with its
 * own: `synoptic_snapshot` is that structure's size, `synoptic_snapshot.size`
 * that field's offset, in bytes; enumerators and macros by their names. The
 * list ends with a null name.
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
