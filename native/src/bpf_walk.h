/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * bpf_walk.h - what the BPF program (bpf/walk.bpf.c) is asked and tells. Included by it
 * and by bpf.c; whoever changes it changes WALK_VERSION.
 */
#ifndef BPF_WALK_H
#define BPF_WALK_H

#include <linux/types.h>

#define WALK_VERSION 4

enum walk_part {
	WALK_NAMESPACES  = 0, /* the list of namespaces, by their names alone */
	WALK_LIMITS      = 1, /* the same list, with what a namespace allows */
	WALK_PROCESSES   = 2, /* the list of processes: which namespace each is in */
	WALK_LISTENERS   = 3, /* lhash2, which all namespaces share */
	WALK_CONNECTIONS = 4, /* every ehash: the host's, and those that namespaces have of their own */
};

/*
 * The context of a run: what it shall walk. Zeroes but for version and part start a walk; the
 * order that a run leaves in the map continues it.
 */
struct walk_order {
	__u32 version;
	__u32 part;     /* enum walk_part */
	/* The next to walk: of either list in its order, of buckets, of a chain's sockets. */
	__u32 position; /* how many stand before it in the list */
	__u32 netns;    /* its inode number: the position of one changes when another goes */
	__u32 bucket;
	__u32 socket;
	__u32 records;  /* told by this run */
	__u32 done;     /* nothing is left to walk */
	__u32 rewalked; /* chains that moved under the walk */
	__u32 reserved;
};

struct walk_socket {
	__u32 netns;
	__u16 family; /* AF_INET or AF_INET6 */
	__u8 state;   /* as inet_diag tells it */
	__u8 reserved;
	__u16 port;      /* in host order */
	__u16 peer_port; /* in network order, as the kernel has it */
	__u32 receive_queue;
	__u32 send_queue;
	__u32 drops; /* of a listener alone, as the inode */
	__u64 cgroup;
	__u64 inode;
	__u32 address[4], peer[4];
};

struct walk_netns {
	__u64 cookie;
	__u32 number; /* of its inode */
	/* Of WALK_LIMITS. */
	__u32 time_wait_buckets_limit;
	__u32 syncookies_mode;
	__u32 somaxconn;
	__u32 max_syn_backlog;
	__u32 ephemeral_ports_limit;
	__u32 owner_uid;
	__u32 reserved;
};

struct walk_process {
	__u32 netns; /* the number of its inode */
	__u32 pid;
};

/* A chunk: what a walk finds in about a millisecond. */
#define WALK_SOCKETS 3072
#define WALK_NETNS 8192
#define WALK_NETNS_LIMITS 128
#define WALK_PROCESS 4096

/* The value of the map: where a run has come to, and what it has met. */
struct walk_records {
	struct walk_order order;
	union {
		struct walk_socket sockets[WALK_SOCKETS];
		struct walk_netns netns[WALK_NETNS];
		struct walk_process processes[WALK_PROCESS];
	};
};

#endif
