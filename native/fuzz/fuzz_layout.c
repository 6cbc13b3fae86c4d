/*
 * fuzz_layout.c - buffers of every size and place, for snapshots and samplers. What is in them is read
 * as a binding reads it: by the names and offsets of synoptic_layout() alone.
 *
 * Input: room for listeners, owners and namespaces, how many bytes are missing and where the buffer
 * begins; then polls: how many listeners, connections and namespaces the host has, and the time
 * between them.
 */
#include "buffer.h"
#include "clock.h"
#include "snapshot.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "bpf_walk.h"

#define PROGRAM 1000
#define RECORDS 1001
#define POLLS 4
#define FEW 8
#define MOST 48 /* of anything */
#define NAMESPACES 6
#define LIMIT 100 /* of every queue */
#define MOST_UTILIZATION (255 / (LIMIT + 1.0))

static struct buffer buffer, sampler_buffer, next_sampler_buffer;
static struct walk_records shared[WALK_SLOTS], own;
static uint32_t number;

/* What the host has. */
static struct {
	uint32_t namespaces, listeners, connections, queue, drops;
} host;

void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t size);
int __wrap_munmap(void *at, size_t size);
long __wrap_syscall(long call, ...);

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (fake_time == 0)
		return __real_mmap(at, size, protection, flags, fd, offset);
	return fd == RECORDS ? (void *)shared : (void *)&own;
}

int __wrap_munmap(void *at, size_t size)
{
	return fake_time == 0 ? __real_munmap(at, size) : 0;
}

static struct walk_socket listening(uint32_t i)
{
	return (struct walk_socket){
		.netns = i % host.namespaces, .family = i % 3 ? AF_INET : AF_INET6,
		.state = TCP_LISTEN, .port = (uint16_t)(i / 2), .receive_queue = host.queue,
		.send_queue = LIMIT, .drops = host.drops, .cgroup = i, .inode = i + 1,
	};
}

static struct walk_socket connected(uint32_t i)
{
	return (struct walk_socket){
		.netns = i % host.namespaces, .family = i % 3 ? AF_INET : AF_INET6,
		.state = (uint8_t)(i % 11 + 1), .port = (uint16_t)(i / 2), .peer_port = (uint16_t)i,
		.receive_queue = i, .send_queue = i / 2, .cgroup = i / 2, .timer = (uint8_t)(i % 5),
		.peer = { i / 5 },
	};
}

static uint32_t record(struct walk_records *to, uint32_t part)
{
	switch (part) {
	case WALK_NAMESPACES:
	case WALK_LIMITS:
		for (uint32_t i = 0; i < host.namespaces; i++)
			to->netns[i] = (struct walk_netns){ .number = i, .cookie = i + 1 };
		return host.namespaces;
	case WALK_LISTENERS:
		for (uint32_t i = 0; i < host.listeners; i++)
			to->sockets[i] = listening(i);
		return host.listeners;
	case WALK_CONNECTIONS:
		/* Listening sockets are not among them. */
		for (uint32_t i = 0; i < host.connections; i++) {
			to->sockets[i] = connected(i);
			if (to->sockets[i].state == TCP_LISTEN)
				to->sockets[i].state = TCP_CLOSING;
		}
		return host.connections;
	default:
		return 0;
	}
}

long __wrap_syscall(long call, ...)
{
	struct walk_records *to = &shared[number % WALK_SLOTS];
	const struct walk_order *order;
	union bpf_attr *attr;
	va_list arguments;

	va_start(arguments, call);
	(void)va_arg(arguments, int);
	attr = va_arg(arguments, union bpf_attr *);
	va_end(arguments);
	order = (const void *)(uintptr_t)attr->test.ctx_in;
	to->begun = to->ended = number;
	to->order = *order;
	to->order.done = 1;
	to->order.records = record(to, order->part);
	attr->test.retval = number++;
	return 0;
}

static size_t constant(const char *name)
{
	const struct synoptic_constant *at = synoptic_layout();

	while (at->name && strcmp(at->name, name) != 0)
		at++;
	REQUIRE(at->name);
	return at->value;
}

enum {
	L_TABLE_OFFSET, L_TABLE_COUNT, L_TABLE_STRIDE, L_SNAPSHOT_TABLE, L_TABLE, L_NAMESPACES,
	L_LISTENERS, L_OWNERS, L_SNAPSHOT_ABI, L_ABI, L_SNAPSHOT_SIZE, L_NAMESPACE, L_LISTENER,
	L_OWNER, L_NAMESPACE_SOCKETS, L_FAMILIES, L_STATES, L_SNAPSHOT_SCANNED_SOCKETS,
	L_SAMPLER_ROWS, L_SAMPLER_OBSERVED_NANOSECONDS, L_SAMPLER_SERIALS, L_SAMPLED, LAYOUT_NAMES
};

static const char *const layout_names[LAYOUT_NAMES] = {
	[L_TABLE_OFFSET] = "synoptic_table.offset",
	[L_TABLE_COUNT] = "synoptic_table.count",
	[L_TABLE_STRIDE] = "synoptic_table.stride",
	[L_SNAPSHOT_TABLE] = "synoptic_snapshot.table",
	[L_TABLE] = "synoptic_table",
	[L_NAMESPACES] = "SYNOPTIC_NAMESPACES",
	[L_LISTENERS] = "SYNOPTIC_LISTENERS",
	[L_OWNERS] = "SYNOPTIC_OWNERS",
	[L_SNAPSHOT_ABI] = "synoptic_snapshot.abi",
	[L_ABI] = "SYNOPTIC_ABI",
	[L_SNAPSHOT_SIZE] = "synoptic_snapshot.size",
	[L_NAMESPACE] = "synoptic_namespace",
	[L_LISTENER] = "synoptic_listener",
	[L_OWNER] = "synoptic_owner",
	[L_NAMESPACE_SOCKETS] = "synoptic_namespace.sockets",
	[L_FAMILIES] = "SYNOPTIC_FAMILIES",
	[L_STATES] = "SYNOPTIC_STATES",
	[L_SNAPSHOT_SCANNED_SOCKETS] = "synoptic_snapshot.scanned_sockets",
	[L_SAMPLER_ROWS] = "synoptic_sampler.rows",
	[L_SAMPLER_OBSERVED_NANOSECONDS] = "synoptic_sampler.observed_nanoseconds",
	[L_SAMPLER_SERIALS] = "synoptic_sampler.serials",
	[L_SAMPLED] = "synoptic_sampled",
};

static size_t layout[LAYOUT_NAMES];

/* Once. */
static void look_up(void)
{
	for (int i = 0; i < LAYOUT_NAMES; i++)
		layout[i] = constant(layout_names[i]);
}

static uint32_t read_32(const char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t read_64(const char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

struct view {
	const char *rows;
	uint32_t count, stride;
};

static struct view view(const char *from, size_t offset, size_t size)
{
	const char *table = from + offset;
	struct view found = {
		.rows = from + read_32(table + layout[L_TABLE_OFFSET]),
		.count = read_32(table + layout[L_TABLE_COUNT]),
		.stride = read_32(table + layout[L_TABLE_STRIDE]),
	};

	REQUIRE(found.rows + (size_t)found.count * found.stride <= from + size);
	return found;
}

static struct view table(size_t which)
{
	return view(buffer.at,
		    layout[L_SNAPSHOT_TABLE] + which * layout[L_TABLE], buffer.size);
}

/* The sum of a table of 64-bit numbers in each row. */
static uint64_t sum_64(const struct view *of, size_t offset, size_t numbers)
{
	uint64_t sum = 0;

	for (uint32_t row = 0; row < of->count; row++)
		for (size_t i = 0; i < numbers; i++)
			sum += read_64(of->rows + (size_t)row * of->stride + offset + i * 8);
	return sum;
}

/* As a binding without a header would. */
static void require_readable(void)
{
	struct view namespaces = table(layout[L_NAMESPACES]);
	struct view listeners = table(layout[L_LISTENERS]);
	struct view owners = table(layout[L_OWNERS]);

	REQUIRE(read_32(buffer.at + layout[L_SNAPSHOT_ABI]) == layout[L_ABI]);
	REQUIRE(read_32(buffer.at + layout[L_SNAPSHOT_SIZE]) <= buffer.size);
	REQUIRE(namespaces.stride == layout[L_NAMESPACE]);
	REQUIRE(listeners.stride == layout[L_LISTENER]);
	REQUIRE(owners.stride == layout[L_OWNER]);
	REQUIRE(sum_64(&namespaces, layout[L_NAMESPACE_SOCKETS],
		       layout[L_FAMILIES] * layout[L_STATES]) ==
		read_64(buffer.at + layout[L_SNAPSHOT_SCANNED_SOCKETS]));
}

static uint32_t least(uint32_t one, uint32_t other)
{
	return one < other ? one : other;
}

/* Sockets of namespaces without a row are not in the snapshot. */
static uint32_t in_rows(uint32_t sockets, uint32_t rows)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < sockets; i++)
		count += i % host.namespaces < rows;
	return count;
}

/* A buffer of the size that was asked for has the room that was asked for. */
static void require_room(uint32_t listeners, uint32_t owners, uint32_t namespaces)
{
	const struct synoptic_snapshot *snapshot = (const void *)buffer.at;
	uint32_t rows = least(host.namespaces, namespaces), listed;

	listed = in_rows(host.listeners, rows);
	REQUIRE(table_rows(snapshot, SYNOPTIC_NAMESPACES) == rows);
	REQUIRE(snapshot->unlisted_namespaces == host.namespaces - rows);
	REQUIRE(table_rows(snapshot, SYNOPTIC_LISTENERS) >= least(listed, listeners));
	REQUIRE(table_rows(snapshot, SYNOPTIC_LISTENERS) + snapshot->unlisted_listeners == listed);
	REQUIRE(table_rows(snapshot, SYNOPTIC_OWNERS) <= 2 + owners + namespaces - 1);
	REQUIRE(snapshot->scanned_sockets + snapshot->duplicate_sockets ==
		listed + in_rows(host.connections, rows));
}

/* Few most of the time: an input then costs little, and there are as many kinds of them. */
static uint32_t amount(struct input *input)
{
	uint32_t byte = take(input);

	return byte < 256 - (MOST - FEW) / 2 ? byte % FEW : FEW + 1 + (byte - (256 - (MOST - FEW) / 2)) * 2;
}

static void set_host(struct input *input)
{
	host.namespaces = take(input) % NAMESPACES + 1u;
	host.listeners = amount(input);
	host.connections = amount(input);
	host.queue = take(input);
	host.drops += take_16(input);
	fake_time += (uint64_t)take_16(input) * 1000000;
}

/* What a sampler shows follows from the time that has passed. */
static void require_sampler(const struct buffer *of, uint64_t began)
{
	struct view rows = view(of->at, layout[L_SAMPLER_ROWS], of->size);
	uint64_t observed = read_64(of->at + layout[L_SAMPLER_OBSERVED_NANOSECONDS]);
	uint64_t serials = read_64(of->at + layout[L_SAMPLER_SERIALS]), used = 0;

	REQUIRE(rows.stride == layout[L_SAMPLED] && observed <= fake_time - began);
	for (uint32_t i = 0; i < rows.count; i++) {
		const struct synoptic_sampled *row =
			(const void *)(rows.rows + (size_t)i * rows.stride);

		if (row->serial == 0)
			continue;
		used++;
		REQUIRE(row->serial <= serials && row->full_nanoseconds <= observed);
		/* More than 1 if a program lowers the limit of a queue that is in use. */
		REQUIRE(row->utilization >= 0 && row->utilization <= MOST_UTILIZATION);
		REQUIRE(row->peak_utilization >= 0 && row->peak_utilization <= MOST_UTILIZATION);
		/* Rounded with each poll. */
		REQUIRE(row->utilization_nanoseconds <= MOST_UTILIZATION * (double)observed * 1.0000001);
		REQUIRE(row->drops <= (uint64_t)host.drops * MOST * POLLS);
	}
	REQUIRE(used <= serials);
}

/* Polls are added; after half of them a sampler with more room goes on. */
static void sample(struct input *input, uint32_t listeners, size_t missing, size_t misaligned)
{
	static struct buffer *const places[] = { &sampler_buffer, &next_sampler_buffer };
	size_t size = synoptic_sampler_size(listeners);
	uint64_t began = fake_time;
	int at = 0;
	bool fits = size >= 1 && missing == 0 && misaligned % 8 == 0;

	if (size < missing)
		missing = size;
	buffer_begin(places[0], misaligned, size - missing);
	REQUIRE(synoptic_sampler_start(places[0]->at, size - missing, listeners, NULL) ==
		(fits ? 0 : -EINVAL));
	for (int poll = 0; fits && poll < POLLS && input->left; poll++) {
		set_host(input);
		REQUIRE(synoptic_scan_node_listeners(PROGRAM, RECORDS, 1000, buffer.at, buffer.size,
						     NAMESPACES) == 0);
		REQUIRE(synoptic_sampler_add(places[at]->at, buffer.at, fake_time) >= 0);
		require_sampler(places[at], began);
		if (poll != POLLS / 2)
			continue;
		size = synoptic_sampler_size(listeners + 7);
		buffer_begin(places[1], 0, size);
		REQUIRE(synoptic_sampler_start(places[1]->at, size, listeners + 7, places[0]->at) == 0);
		at = 1;
		require_sampler(places[1], began);
	}
	buffer_end(places[0]);
	if (at)
		buffer_end(places[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };
	uint32_t listeners = amount(&input), owners = amount(&input);
	uint32_t namespaces = take(&input) % (NAMESPACES + 2);
	size_t missing = take_16(&input), misaligned = take(&input) % 16, needed;
	int status;

	if (!layout[L_ABI])
		look_up();
	number = WALK_RUN_FIRST;
	memset(&host, 0, sizeof(host));
	fake_time = 1000000000;
	needed = synoptic_snapshot_size(listeners, owners, namespaces);
	REQUIRE((needed == 0) == (namespaces == 0));
	if (missing > needed)
		missing = needed;
	set_host(&input);
	buffer_begin(&buffer, misaligned, needed - missing);
	status = synoptic_scan_node(PROGRAM, RECORDS, 1000, buffer.at, buffer.size, owners, namespaces);
	if (misaligned % 8 || missing == needed || buffer.size < sizeof(struct synoptic_snapshot)) {
		REQUIRE(status == -EINVAL);
	} else {
		require_consistent((const void *)buffer.at, buffer.size, status, false);
		require_readable();
		REQUIRE(missing || status == 0);
	}
	if (status == 0)
		require_room(missing ? 0 : listeners, owners, namespaces);
	buffer_end(&buffer);
	buffer_begin(&buffer, 0, synoptic_snapshot_size(listeners, 0, NAMESPACES));
	sample(&input, listeners, missing, misaligned);
	buffer_end(&buffer);
	fake_time = 0;
	return 0;
}
