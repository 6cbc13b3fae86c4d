/*
 * bpf.c - the TCP sockets of every namespace, through a BPF program that reads the kernel's
 * tables: runs it chunk by chunk and folds what it has written into its map.
 */
#include "bpf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_walk.h"

struct scan {
	struct tally *tally;
	struct namespaces *namespaces;
	const struct walk_records *records;
	int program;
	deadline_t deadline;
};

/* How far each chunk of the processes goes back into the one before. */
#define PROCESSES_AGAIN 256

/* A chunk stays in the map until it is folded: threads with the same map take turns. */
static pthread_mutex_t map_in_use = PTHREAD_MUTEX_INITIALIZER;

static int run(const struct scan *scan, struct walk_order *order)
{
	union bpf_attr attr = {
		.test = {
			.prog_fd = (uint32_t)scan->program,
			.ctx_in = (uintptr_t)order,
			.ctx_size_in = sizeof(*order),
		},
	};

	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)) < 0)
		return -errno;
	if (attr.test.retval)
		return -EPROTO;
	*order = scan->records->order;
	return 0;
}

static void add_namespaces(const struct scan *scan, const struct walk_order *order)
{
	for (uint32_t i = 0; i < order->records; i++) {
		const struct walk_netns *record = &scan->records->netns[i];
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
	}
}

/* The kernel lists processes as they were started: the first in a namespace is kept. */
static void add_processes(const struct scan *scan, const struct walk_order *order)
{
	for (uint32_t i = 0; i < order->records; i++) {
		const struct walk_process *record = &scan->records->processes[i];
		uint32_t number = namespaces_find(scan->namespaces, record->netns);

		if (number != NAMESPACES_NO_ROW && scan->namespaces->rows[number].pid == 0)
			scan->namespaces->rows[number].pid = record->pid;
	}
}

/*
 * A pointer would do, but is nobody's business outside the kernel: as proc names a socket. The
 * number of the namespace goes in by itself: many namespaces have the same ports, and mixed with
 * these, two numbers and two pairs of ports could make one key.
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
		.netns_row = namespaces_row(scan->namespaces, record->netns),
		.state = record->state,
		.port = record->port,
		.peer_port = ntohs(record->peer_port),
		.receive_queue = record->receive_queue,
		.send_queue = record->send_queue,
		.cgroup = record->cgroup,
		.key = may_repeat ? key_of(record) : 0,
	};

	/* It is one of the unlisted, or has come meanwhile and will be. */
	if (socket.netns_row == NAMESPACES_NO_ROW)
		return;
	if (record->state == TCP_LISTEN) {
		socket.known = SYNOPTIC_KNOWN_LIMIT | SYNOPTIC_KNOWN_DROPS;
		socket.drops = record->drops;
		socket.cookie = record->inode;
		socket.inode = record->inode;
	}
	if (record->family == AF_INET)
		tally_set_ipv4(&socket, record->address, record->peer);
	else
		tally_set_ipv6(&socket, record->address, record->peer);
	tally_add(scan->tally, &socket);
}

static int check_socket(const struct walk_socket *record)
{
	if (record->family != AF_INET && record->family != AF_INET6)
		return -EPROTO;
	if (record->state < TCP_ESTABLISHED || record->state > TCP_CLOSING)
		return -EPROTO;
	return 0;
}

static int add_sockets(const struct scan *scan, const struct walk_order *order, bool may_repeat)
{
	for (uint32_t i = 0; i < order->records; i++) {
		int status = check_socket(&scan->records->sockets[i]);

		if (status)
			return status;
		add_socket(scan, &scan->records->sockets[i], may_repeat);
	}
	return 0;
}

/* A chain is told at once, unless it is longer than a chunk: then by position, as a dump does. */
static int add_records(const struct scan *scan, struct walk_order *order, bool goes_on)
{
	switch (order->part) {
	case WALK_NAMESPACES:
	case WALK_LIMITS:
		if (order->records > WALK_NETNS)
			return -EPROTO;
		add_namespaces(scan, order);
		return 0;
	case WALK_PROCESSES:
		if (order->records > WALK_PROCESS)
			return -EPROTO;
		add_processes(scan, order);
		/* Those that have ended have drawn others before the mark. */
		order->position -= order->position < PROCESSES_AGAIN ? order->position
								     : PROCESSES_AGAIN;
		return 0;
	default:
		if (order->records > WALK_SOCKETS)
			return -EPROTO;
		return add_sockets(scan, order, goes_on || order->socket > 0);
	}
}

static int walk_chunk(const struct scan *scan, struct walk_order *order)
{
	bool goes_on = order->socket > 0;
	int status;

	if (deadline_left(scan->deadline) == 0)
		return -ETIMEDOUT;
	status = run(scan, order);
	return status ? status : add_records(scan, order, goes_on);
}

static int walk(const struct scan *scan, enum walk_part part)
{
	struct walk_order order = { .version = WALK_VERSION, .part = part };
	int status = 0;

	while (status == 0 && !order.done) {
		pthread_mutex_lock(&map_in_use);
		status = walk_chunk(scan, &order);
		pthread_mutex_unlock(&map_in_use);
	}
	return status;
}

/* Namespaces first, that those without a socket have a row; listeners before what is theirs. */
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
	struct scan scan = {
		.tally = tally, .namespaces = namespaces, .program = program, .deadline = deadline,
	};
	void *map = mmap(NULL, sizeof(struct walk_records), PROT_READ, MAP_SHARED, records, 0);
	int status;

	if (map == MAP_FAILED)
		return -errno;
	scan.records = map;
	status = walk_all(&scan);
	munmap(map, sizeof(struct walk_records));
	return status;
}
