/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * bpf_walk.h - the orders to the BPF program (bpf/walk.bpf.c) and its records. Included by it,
 * by bpf_run.c and by bpf.c; a change of the layout changes WALK_VERSION.
 */
#ifndef BPF_WALK_H
#define BPF_WALK_H

#include <linux/types.h>

#define WALK_VERSION 9

enum walk_part {
	WALK_NAMESPACES  = 0, /* the list of namespaces: number and cookie */
	WALK_LIMITS      = 1, /* the same list, with limits and owner */
	WALK_PROCESSES   = 2, /* the processes by pid: which namespace each is in */
	WALK_LISTENERS   = 3, /* every lhash2: the host's, and those of namespaces' own */
	WALK_CONNECTIONS = 4, /* every ehash: the host's, and those of namespaces' own */
};

/*
 * The context of a run: what to walk. With zeroes in all fields but version and part it starts a
 * walk; the order that a run leaves in the map continues it.
 */
struct walk_order {
	__u32 version;
	__u32 part; /* enum walk_part */
	/* The next to walk. */
	__u32 position; /* of processes: a pid */
	__u32 netns;    /* of the list: its inode number, because others may be removed meanwhile */
	__u32 bucket;
	__u32 socket;
	/* Results of this run. */
	__u32 records;
	__u32 done;     /* nothing is left to walk */
	__u32 rewalked; /* chains that moved under the walk */
	__u32 torn;     /* records left out, because the socket or process changed while it was read */
	__u32 cut;      /* chains, or the list, too long for a run's budget */
	__u32 lost;     /* netns is removed, and the position in the list lost */
	__u32 spent;    /* of WALK_BUDGET */
};

/* What a run returns, if not its number. */
enum walk_run {
	WALK_RUN_REFUSED = 1, /* the program and the library are of two versions */
	WALK_RUN_BUSY    = 2, /* another run is under way */
	WALK_RUN_FIRST   = 3, /* this and all above are numbers */
};

struct walk_socket {
	__u32 netns;
	__u16 family; /* AF_INET or AF_INET6 */
	__u8 state;   /* as in idiag_state */
	__u8 ipv6only; /* of listeners only, as drops and inode */
	__u16 port;      /* in host order */
	__u16 peer_port; /* in network order, as the kernel has it */
	__u32 receive_queue;
	__u32 send_queue;
	union {
		__u32 drops;
		struct { /* of all others */
			__u8 timer;   /* as in idiag_timer */
			__u8 repeats; /* as in idiag_retrans, if that is 1 */
			__u8 closed;  /* no program has it open */
		};
	};
	__u64 cgroup;
	union {
		__u64 inode;
		__u32 age; /* in CLOSE_WAIT: jiffies since the last acknowledgement */
	};
	__u32 address[4];
	union {
		__u32 peer[4];
		struct { /* of listeners, which have no peer */
			__u32 syn_queue, fast_open_queue;
		};
	};
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
	__u32 time_wait_reuse_mode;
};

struct walk_process {
	__u32 netns; /* the number of its inode */
	__u32 pid;
	__u64 started; /* nanoseconds since boot */
};

/* A chunk: the most records of a run. */
#define WALK_SOCKETS 1024
#define WALK_NETNS 1536
#define WALK_PROCESS 4096

/* What a run may spend, some 0.4 milliseconds: see bpf/run.h. */
#ifndef WALK_BUDGET
#define WALK_BUDGET (1 << 17)
#endif

/*
 * A value of the map: the records of a run, and the order to continue with. The run with number n
 * writes value n modulo WALK_SLOTS: its number before everything else, and again after it.
 */
struct walk_records {
	__u32 begun, ended;
	struct walk_order order;
	union {
		struct walk_socket sockets[WALK_SOCKETS];
		struct walk_netns netns[WALK_NETNS];
		struct walk_process processes[WALK_PROCESS];
	};
};

/* The records of a run are overwritten by the run that is so many later. */
#define WALK_SLOTS 4

#endif
