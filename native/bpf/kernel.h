/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * kernel.h - the few fields of the kernel's structures that the walk reads, and how it reads them.
 * libbpf sets their offsets when it loads the program, from the kernel's own BTF, so
 * neither their order nor what is left out matters here.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

/* For word_at(): its first field has 64 bits, and is no pointer. */
struct timespec64 {
	__s64 tv_sec;
};

struct ns_common {
	unsigned int inum;
};

struct inet_ehash_bucket;
struct inet_listen_hashbucket {
	struct hlist_nulls_head {
		void *first;
	} nulls_head;
};

struct inet_hashinfo {
	struct inet_ehash_bucket *ehash;
	unsigned int ehash_mask;
	unsigned int lhash2_mask;
	struct inet_listen_hashbucket *lhash2;
};

struct inet_timewait_death_row {
	struct inet_hashinfo *hashinfo;
	int sysctl_max_tw_buckets;
};

struct local_ports {
	__u32 range; /* the highest in the upper half */
};

/*
 * Before Linux 6.8. Whether this `range` exists decides which kind it is: libbpf refuses to
 * relocate the size of one kind against the other.
 */
struct local_ports___two_numbers {
	int range[2];
};

struct netns_ipv4 {
	struct inet_timewait_death_row tcp_death_row;
	struct local_ports ip_local_ports;
	unsigned char sysctl_tcp_syncookies;
	unsigned char sysctl_tcp_tw_reuse;
	unsigned char sysctl_tcp_timestamps;
	int sysctl_max_syn_backlog;
	unsigned long *sysctl_local_reserved_ports;
};

struct netns_core {
	int sysctl_somaxconn;
};

typedef struct {
	__u32 val;
} kuid_t;

struct user_namespace {
	struct user_namespace *parent;
	kuid_t owner;
};

struct net {
	struct list_head list;
	struct user_namespace *user_ns;
	struct ns_common ns;
	struct netns_core core;
	struct netns_ipv4 ipv4;
	__u64 net_cookie;
};

struct nsproxy {
	struct net *net_ns;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_TGID,
	PIDTYPE_PGID,
	PIDTYPE_SID,
	PIDTYPE_MAX,
};

struct pid;
struct task_struct {
	struct task_struct *real_parent;
	struct pid *thread_pid;
	struct hlist_node pid_links[PIDTYPE_MAX];
	__u64 start_boottime;
	struct nsproxy *nsproxy;
};

struct xarray {
	void *xa_head;
};

struct xa_node {
	unsigned char shift;
	void *slots[64];
};

struct idr {
	struct xarray idr_rt;
};

struct pid_namespace {
	struct idr idr;
	struct task_struct *child_reaper;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

/* Of a process, in all its PID namespaces; or of a thread, which has no PIDTYPE_TGID. */
struct pid {
	struct hlist_head tasks[PIDTYPE_MAX];
	struct upid numbers[1];
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__u32 u6_addr32[4];
	} in6_u;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

struct hlist_nulls_node {
	struct hlist_nulls_node *next;
};

struct sock_common {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_reuseport : 1;
	unsigned char skc_ipv6only : 1;
	unsigned long skc_flags;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	struct hlist_nulls_node skc_nulls_node;
	volatile refcount_t skc_refcnt;
};

/* Bits of skc_flags. */
enum sock_flags {
	SOCK_DEAD,
	SOCK_DONE,
	SOCK_KEEPOPEN,
};

struct request_sock {
	unsigned char num_retrans;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sk_buff_head {
	__u32 qlen;
};

/* Since Linux 6.18. */
struct numa_drop_counters {
	atomic_t drops0, drops1;
};

typedef enum {
	SS_FREE = 0,
	SS_UNCONNECTED,
} socket_state;

struct socket {
	socket_state state;
};

typedef struct {
	int owned;
} socket_lock_t;

struct sock {
	socket_lock_t sk_lock;
	__u16 sk_protocol;
	int sk_err;
	atomic_t sk_drops;
	struct numa_drop_counters *sk_drop_counters;
	struct sk_buff_head sk_receive_queue;
	int sk_wmem_queued;
	__u32 sk_ack_backlog;
	__u32 sk_max_ack_backlog;
	struct socket *sk_socket;
	struct sock_cgroup_data sk_cgrp_data;
};

struct fastopen_queue {
	int qlen;
};

struct request_sock_queue {
	atomic_t qlen;
	struct fastopen_queue fastopenq;
};

struct inet_connection_sock {
	struct request_sock_queue icsk_accept_queue;
	unsigned char icsk_retransmits;
	unsigned char icsk_pending;
};

struct inet_sock {
	__u16 inet_sport;
};

struct tcp_options_received {
	int ts_recent_stamp;
	__u32 rcv_tsecr;
	__u16 wscale_ok : 1, sack_ok : 3, snd_wscale : 4;
};

struct tcp_sock {
	struct tcp_options_received rx_opt;
	__u32 srtt_us;
	__u32 total_retrans;
	__u32 rcv_nxt;
	__u32 copied_seq;
	__u32 write_seq;
	__u32 snd_una;
	__u32 rcv_tstamp;
};

struct inet_timewait_sock {
	volatile unsigned char tw_substate;
};

struct inode {
	unsigned long i_ino;
};

struct socket_alloc {
	struct inode vfs_inode;
};

#pragma clang attribute pop

extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym;

#define CAST(type, address) \
	((struct type *)bpf_rdonly_cast((void *)(address), bpf_core_type_id_kernel(struct type)))
#define PLACE(address, type, field) ((address) + bpf_core_field_offset(struct type, field))

/* Reads 64 bits. A pointer is read as a number: the verifier allows no arithmetic on the other. */
static __always_inline __u64 word_at(__u64 address)
{
	return (__u64)CAST(timespec64, address)->tv_sec;
}

/* Reads 32 bits. */
static __always_inline __u32 half_word_at(__u64 address)
{
	return (__u32)CAST(refcount_struct, address)->refs.counter;
}

#endif
