/*
 * bpf.c - the TCP sockets of every namespace, through a BPF program that reads the kernel's
 * tables: runs it chunk by chunk and folds what it has written into its map.
 */
#include "bpf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>

#include "bpf_run.h"

struct scan {
	struct tally *tally;
	struct namespaces *namespaces;
	struct bpf_run run;
	uint64_t jiffy; /* nanoseconds */
};

/* KTIME_LOW_RES, kernel/time/hrtimer.c, is 1/HZ: the one place where a process reads HZ. */
static uint64_t jiffy(void)
{
	struct timespec resolution = { .tv_nsec = 0 };

	clock_getres(CLOCK_MONOTONIC_COARSE, &resolution);
	return (uint64_t)resolution.tv_nsec;
}

static uint32_t milliseconds(const struct scan *scan, uint32_t jiffies)
{
	uint64_t value = jiffies * scan->jiffy / 1000000;

	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static void add_namespaces(const struct scan *scan, const struct walk_order *order)
{
	for (uint32_t i = 0; i < order->records; i++) {
		const struct walk_netns *record = &scan->run.records->netns[i];
		uint32_t number = namespaces_row(scan->namespaces, record->number);
		struct synoptic_namespace *row;

		if (number == NAMESPACES_NO_ROW) {
			scan->tally->snapshot->unlisted_namespaces++;
			continue;
		}
		row = &scan->namespaces->rows[number];
		row->cookie = record->cookie;
		if (order->part == WALK_NAMESPACES)
			continue;
		row->time_wait_buckets_limit = record->time_wait_buckets_limit;
		row->syncookies_mode = record->syncookies_mode;
		row->somaxconn = record->somaxconn;
		row->max_syn_backlog = record->max_syn_backlog;
		row->ephemeral_ports_limit = record->ephemeral_ports_limit;
		row->owner_uid = record->owner_uid;
		row->time_wait_reuse_mode = record->time_wait_reuse_mode;
	}
}

/* Numbers of namespaces are reused: the process that started first is kept. */
static void add_processes(const struct scan *scan, const struct walk_order *order)
{
	for (uint32_t i = 0; i < order->records; i++) {
		const struct walk_process *record = &scan->run.records->processes[i];
		uint32_t number = namespaces_find(scan->namespaces, record->netns);
		struct synoptic_namespace *row;

		if (number == NAMESPACES_NO_ROW)
			continue;
		row = &scan->namespaces->rows[number];
		if (row->pid == 0 || record->started < row->pid_started) {
			row->pid = record->pid;
			row->pid_started = record->started;
		}
	}
}

/*
 * The kernel's addresses are not for other processes, so the key is a hash, as with proc. The
 * number of the namespace is mixed in by itself: many namespaces have the same ports, and in one
 * value with these, two numbers and two pairs of ports could make one key.
 */
static uint64_t key_of(const struct walk_socket *record)
{
	uint64_t key = hash_mix(hash_mix(0, record->netns), (uint64_t)record->state << 32 |
				(uint64_t)record->port << 16 | record->peer_port);
	int words = record->family == AF_INET ? 1 : 4;

	/* Of listeners there may be several with the same address and port. */
	if (record->state == TCP_LISTEN)
		return hash_mix(key, record->inode);
	for (int i = 0; i < words; i++)
		key = hash_mix(key, (uint64_t)record->address[i] << 32 | record->peer[i]);
	return key;
}

static void add_socket(const struct scan *scan, const struct walk_socket *record, bool may_repeat)
{
	struct tally_socket socket = {
		.netns_row = namespaces_find(scan->namespaces, record->netns),
		.state = record->state,
		.port = record->port,
		.peer_port = ntohs(record->peer_port),
		.receive_queue = record->receive_queue,
		.send_queue = record->send_queue,
		.cgroup = record->cgroup,
		.key = may_repeat ? key_of(record) : 0,
	};

	/* Its namespace is unlisted, or was made during the scan: then the next scan has a row for it. */
	if (socket.netns_row == NAMESPACES_NO_ROW)
		return;
	if (record->state == TCP_LISTEN) {
		socket.known = SYNOPTIC_KNOWN_LIMIT | SYNOPTIC_KNOWN_DROPS |
			       SYNOPTIC_KNOWN_SYN_QUEUE;
		socket.syn_queue = record->syn_queue;
		socket.fast_open_queue = record->fast_open_queue;
		socket.drops = record->drops;
		socket.ipv6only = record->ipv6only != 0;
		socket.cookie = record->inode;
		socket.inode = record->inode;
	} else {
		socket.known = SYNOPTIC_KNOWN_TIMERS | SYNOPTIC_KNOWN_ORPHANS |
			       SYNOPTIC_KNOWN_AGES;
		if (record->state == TCP_CLOSE_WAIT)
			socket.age = milliseconds(scan, record->age);
		socket.timer = record->timer;
		socket.repeats = record->repeats;
		socket.closed = record->closed != 0;
	}
	if (record->family == AF_INET)
		tally_set_ipv4(&socket, record->address, record->peer);
	else
		tally_set_ipv6(&socket, record->address, record->peer);
	tally_add(scan->tally, &socket);
}

static bool is_socket(const struct walk_socket *record)
{
	return (record->family == AF_INET || record->family == AF_INET6) &&
	       record->state >= TCP_ESTABLISHED && record->state <= TCP_CLOSING;
}

/* A socket that changed while it was read is left out, like one opened or closed during the scan. */
static void add_sockets(const struct scan *scan, const struct walk_order *order, bool may_repeat)
{
	for (uint32_t i = 0; i < order->records; i++) {
		const struct walk_socket *record = &scan->run.records->sockets[i];

		if (is_socket(record))
			add_socket(scan, record, may_repeat);
		else
			scan->tally->snapshot->rejected_messages[SYNOPTIC_REJECTED_RECORD]++;
	}
}

/* A chain is recorded at once, unless it is longer than a chunk: then by position, as in a dump. */
static void add_records(const struct scan *scan, const struct walk_order *order, bool goes_on)
{
	uint64_t *rejected = scan->tally->snapshot->rejected_messages;

	rejected[SYNOPTIC_REJECTED_RECORD] += order->torn;
	rejected[SYNOPTIC_REJECTED_CHAIN] += order->cut;
	if (order->part == WALK_NAMESPACES || order->part == WALK_LIMITS)
		add_namespaces(scan, order);
	else if (order->part == WALK_PROCESSES)
		add_processes(scan, order);
	else
		add_sockets(scan, order, goes_on || order->socket > 0);
}

/* 1 if the walk has to begin again. */
static int walk(const struct scan *scan, enum walk_part part)
{
	struct walk_order order = { .version = WALK_VERSION, .part = part };

	while (!order.done) {
		bool goes_on = order.socket > 0;
		int status = bpf_run(&scan->run, &order);

		if (status)
			return status;
		if (order.lost)
			return 1;
		add_records(scan, &order, goes_on);
	}
	return 0;
}

/* Namespaces first, so that one without sockets has a row; listeners before their connections. */
static int walk_all(const struct scan *scan)
{
	bool all = !scan->tally->listeners_alone;
	int status = walk(scan, all ? WALK_LIMITS : WALK_NAMESPACES);

	if (status == 0 && all)
		status = walk(scan, WALK_PROCESSES);
	if (status == 0)
		status = walk(scan, WALK_LISTENERS);
	if (status == 0 && all)
		status = walk(scan, WALK_CONNECTIONS);
	return status;
}

int bpf_scan(struct tally *tally, struct namespaces *namespaces, int program, int records,
	     deadline_t deadline)
{
	struct scan scan = { .tally = tally, .namespaces = namespaces, .jiffy = jiffy() };
	int status = bpf_run_start(&scan.run, program, records, deadline);

	if (status)
		return status;
	status = walk_all(&scan);
	bpf_run_end(&scan.run);
	return status;
}
