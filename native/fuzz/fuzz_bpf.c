/*
 * fuzz_bpf.c - the records of the BPF program, run by run, and whatever its runs return.
 *
 * Input: a byte of options, then runs, each of a kind, flags and records.
 *
 * A slow decoder of the target's own says which sockets count.
 */
#include "clock.h"
#include "snapshot.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_walk.h"

#define LISTENERS 24
#define OWNERS 4
#define NAMESPACES 5
#define TIMEOUT_MS 100
#define PROGRAM 1000
#define RECORDS 1001
#define MILLISECOND 1000000

enum option {
	LISTENERS_ALONE = 1,
	NO_MAP = 2,
	NO_MEMORY = 4,
	FEW = 8, /* numbers of namespaces are small */
};

enum run_kind {
	RECORDED,
	UNFINISHED,  /* overwritten before it ended */
	OVERWRITTEN, /* by a later run */
	BUSY,
	REFUSED,
	FAILED,
	RUN_KINDS
};

/* How a run that recorded goes on. */
enum run_flag {
	MORE = 1, /* not done */
	LOST = 2,
	CHAIN = 4, /* in the middle of a chain */
	ODD_PART = 8,
	ODD_COUNT = 16,
};

static struct input input;
static uint8_t options;
static uint32_t number;
static int mapped;
static struct walk_records shared[WALK_SLOTS], own;

/* What the slow decoder makes of the runs. */
static struct {
	uint64_t netns[NAMESPACES];
	uint32_t namespaces;
	uint64_t unlisted, sockets, rejected, cut;
} expected;

void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t size);
int __wrap_munmap(void *at, size_t size);
long __wrap_syscall(long call, ...);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	bool of_map = fd == RECORDS;

	if (fake_time == 0)
		return __real_mmap(at, size, protection, flags, fd, offset);
	REQUIRE(size == (of_map ? sizeof(shared) : sizeof(own)));
	if (options & (of_map ? NO_MAP : NO_MEMORY)) {
		errno = EPERM;
		return MAP_FAILED;
	}
	mapped++;
	return of_map ? (void *)shared : (void *)&own;
}

int __wrap_munmap(void *at, size_t size)
{
	if (fake_time == 0)
		return __real_munmap(at, size);
	REQUIRE(at == (void *)shared || at == (void *)&own);
	mapped--;
	return 0;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)left;
	fake_time += (uint64_t)time->tv_nsec;
	return 0;
}

static bool is_listed(uint64_t netns)
{
	for (uint32_t i = 0; i < expected.namespaces; i++)
		if (expected.netns[i] == netns)
			return true;
	return false;
}

static void expect_netns(const struct walk_netns *record)
{
	if (is_listed(record->number))
		return;
	if (expected.namespaces == NAMESPACES)
		expected.unlisted++;
	else
		expected.netns[expected.namespaces++] = record->number;
}

static void expect_socket(const struct walk_socket *record)
{
	if ((record->family != AF_INET && record->family != AF_INET6) || record->state == 0 ||
	    record->state >= SYNOPTIC_STATES)
		expected.rejected++;
	else
		expected.sockets += is_listed(record->netns);
}

static uint32_t most_of(uint32_t part)
{
	if (part <= WALK_LIMITS)
		return WALK_NETNS;
	return part == WALK_PROCESSES ? WALK_PROCESS : WALK_SOCKETS;
}

/* The n-th record of the input. */
static void fill(struct walk_records *records, uint32_t part, uint32_t n)
{
	uint32_t few = options & FEW ? 7 : UINT32_MAX;

	if (part <= WALK_LIMITS) {
		take_bytes(&input, &records->netns[n], sizeof(records->netns[n]));
		records->netns[n].number &= few;
		expect_netns(&records->netns[n]);
	} else if (part == WALK_PROCESSES) {
		take_bytes(&input, &records->processes[n], sizeof(records->processes[n]));
		records->processes[n].netns &= few;
	} else {
		take_bytes(&input, &records->sockets[n], sizeof(records->sockets[n]));
		records->sockets[n].netns &= few;
		expect_socket(&records->sockets[n]);
	}
}

/* A walk that begins again counts from nothing, but for what it rejects. */
static void begin_again(void)
{
	expected.namespaces = 0;
	expected.unlisted = 0;
	expected.sockets = 0;
}

static void record(const struct walk_order *order, struct walk_records *to)
{
	uint8_t flags = take(&input), count = take(&input);

	to->order = *order;
	to->order.torn = take(&input);
	to->order.cut = take(&input);
	to->order.done = !(flags & MORE);
	to->order.lost = (flags & LOST) != 0;
	to->order.socket = (flags & CHAIN) != 0;
	to->order.records = count;
	if (flags & ODD_PART)
		to->order.part += take(&input);
	if (flags & ODD_COUNT)
		to->order.records = count ? count * 0x01010101u : most_of(to->order.part) + 1;
	if (to->order.records > most_of(order->part) || to->order.part != order->part)
		return;
	if (to->order.lost) {
		begin_again();
		return;
	}
	expected.cut += to->order.cut;
	expected.rejected += to->order.torn;
	for (uint32_t i = 0; i < to->order.records; i++)
		fill(to, to->order.part, i);
}

static long run(union bpf_attr *attr)
{
	const struct walk_order *order = (const void *)(uintptr_t)attr->test.ctx_in;
	struct walk_records *to;
	uint8_t kind;

	REQUIRE(attr->test.prog_fd == PROGRAM && attr->test.ctx_size_in == sizeof(*order));
	REQUIRE(order->version == WALK_VERSION && order->part <= WALK_CONNECTIONS);
	fake_time += MILLISECOND;
	if (input.left == 0) {
		errno = ENODEV;
		return -1;
	}
	kind = take(&input) % RUN_KINDS;
	if (kind == FAILED) {
		errno = EINVAL;
		return -1;
	}
	attr->test.retval = kind == BUSY ? WALK_RUN_BUSY : WALK_RUN_REFUSED;
	if (kind == BUSY || kind == REFUSED)
		return 0;
	attr->test.retval = number;
	to = &shared[number % WALK_SLOTS];
	to->begun = kind == OVERWRITTEN ? number + WALK_SLOTS : number;
	to->ended = kind == UNFINISHED ? number - WALK_SLOTS : number;
	number++;
	if (kind == RECORDED)
		record(order, to);
	return 0;
}

/* `syscall` of this process is bpf(2) alone. */
long __wrap_syscall(long call, ...)
{
	va_list arguments;
	union bpf_attr *attr;

	va_start(arguments, call);
	REQUIRE(call == SYS_bpf && va_arg(arguments, int) == BPF_PROG_TEST_RUN);
	attr = va_arg(arguments, union bpf_attr *);
	va_end(arguments);
	return run(attr);
}

static void begin(void)
{
	options = take(&input);
	number = WALK_RUN_FIRST;
	mapped = 0;
	memset(&expected, 0, sizeof(expected));
	fake_time = 1000000000;
}

static void require_rows(const struct synoptic_snapshot *snapshot)
{
	REQUIRE(table_rows(snapshot, SYNOPTIC_NAMESPACES) == expected.namespaces);
	for (uint32_t i = 0; i < expected.namespaces; i++)
		REQUIRE(namespace_row(snapshot, i)->netns == expected.netns[i]);
	REQUIRE(snapshot->unlisted_namespaces == expected.unlisted);
	REQUIRE(snapshot->scanned_sockets + snapshot->duplicate_sockets == expected.sockets);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct synoptic_snapshot *snapshot;
	static size_t room;
	bool alone;
	int status;

	if (!snapshot) {
		room = synoptic_snapshot_size(LISTENERS, OWNERS, NAMESPACES);
		snapshot = malloc(room);
		REQUIRE(snapshot);
	}
	input = (struct input){ bytes, size };
	begin();
	alone = options & LISTENERS_ALONE;
	if (alone)
		status = synoptic_scan_node_listeners(PROGRAM, RECORDS, TIMEOUT_MS, snapshot, room,
						      NAMESPACES);
	else
		status = synoptic_scan_node(PROGRAM, RECORDS, TIMEOUT_MS, snapshot, room, OWNERS,
					    NAMESPACES);
	fake_time = 0;
	REQUIRE(mapped == 0);
	require_consistent(snapshot, room, status, alone);
	REQUIRE(snapshot->rejected_messages[SYNOPTIC_REJECTED_RECORD] == expected.rejected);
	REQUIRE(snapshot->rejected_messages[SYNOPTIC_REJECTED_CHAIN] == expected.cut);
	if (status == 0)
		require_rows(snapshot);
	return 0;
}
