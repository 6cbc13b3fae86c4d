/*
 * fuzz_handshakes.c - the map of handshakes as bpf(2) returns it, and what procfs says of it.
 *
 * Input: a byte of options, the room for rows, what is missing and where the buffer begins; the text
 * of fdinfo up to a zero byte; then batches, each of a status and a number of rows, and the rows.
 */
#include "buffer.h"
#include "clock.h"

#define PLAYING (fake_time != 0)
#define OWN_OPEN open_fdinfo
#define OWN_READ read_fdinfo
#define OWN_FCNTL look_at_map
#define OWN_CLOSE
#include "calls.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "handshakes.h"
#include "synoptic.h"

#define MAP OWN_DESCRIPTORS
#define EVENTS (MAP + 1)
#define FORGET (MAP + 2)
#define FDINFO (MAP + 3)
#define IDLE 1000000000ULL

enum option { NO_FDINFO = 1, UNREADABLE = 2, CLOSED = 4, SHORT_READS = 8, PLAIN_MAP = 16, PUBLIC = 32 };

static struct buffer buffer;
static struct input input;
static uint8_t options;
static const char *fdinfo;
static size_t fdinfo_size;
static uint64_t delivered, forgotten;
static bool ended;

long __wrap_syscall(long call, ...);

static int open_fdinfo(const char *path, int flags)
{
	REQUIRE(strncmp(path, "/p/self/fdinfo/100", 18) == 0 && flags == (O_RDONLY | O_CLOEXEC));
	if (options & NO_FDINFO)
		return fail_with(options & UNREADABLE ? EACCES : ENOENT);
	opened++;
	return FDINFO;
}

static ssize_t read_fdinfo(int fd, void *bytes, size_t size)
{
	size_t most = options & SHORT_READS ? fdinfo_size / 2 : fdinfo_size;

	REQUIRE(fd == FDINFO);
	if (options & UNREADABLE)
		return fail_with(EIO);
	if (most > size)
		most = size;
	memcpy(bytes, fdinfo, most);
	return (ssize_t)most;
}

static int look_at_map(int fd, int command)
{
	REQUIRE(fd == MAP && command == F_GETFD);
	return options & CLOSED ? fail_with(EBADF) : 0;
}

static long look_up(union bpf_attr *attr)
{
	static const int errors[] = { 0, 0, 0, ENOENT, ENOENT, ENOSPC, EPERM, EINTR };
	int error = errors[take(&input) % COUNT_OF(errors)];
	uint32_t count = take(&input);
	char *keys = (char *)(uintptr_t)attr->batch.keys;
	char *values = (char *)(uintptr_t)attr->batch.values;

	REQUIRE(!ended && attr->batch.count > 0 && (attr->batch.in_batch != 0) == (delivered > 0));
	if (input.left == 0)
		error = ENOENT;
	if (count > attr->batch.count)
		count = attr->batch.count;
	/* A bucket that doesn't fit is not there in part. */
	if (error == ENOSPC || error == EPERM || error == EINTR || input.left == 0)
		count = 0;
	for (uint32_t i = 0; i < count; i++) {
		take_bytes(&input, keys + i * sizeof(struct synoptic_handshake_key),
			   sizeof(struct synoptic_handshake_key));
		take_bytes(&input, values + i * sizeof(struct synoptic_handshake_counts),
			   sizeof(struct synoptic_handshake_counts));
	}
	attr->batch.count = count;
	delivered += count;
	ended = error != 0;
	return error ? fail_with(error) : 0;
}

long __wrap_syscall(long call, ...)
{
	va_list arguments;
	union bpf_attr *attr;
	int command;

	va_start(arguments, call);
	command = va_arg(arguments, int);
	attr = va_arg(arguments, union bpf_attr *);
	va_end(arguments);
	if (command == BPF_MAP_LOOKUP_BATCH) {
		REQUIRE(attr->batch.map_fd == MAP);
		return look_up(attr);
	}
	REQUIRE(command == BPF_PROG_TEST_RUN && attr->test.prog_fd == FORGET);
	REQUIRE(attr->test.ctx_size_in == sizeof(struct synoptic_handshake_key));
	forgotten++;
	return 0;
}

static void begin(const uint8_t *bytes, size_t size)
{
	input = (struct input){ bytes, size };
	options = take(&input);
	delivered = forgotten = 0;
	opened = 0;
	ended = false;
	fake_time = 100000000000;
}

static void take_fdinfo(void)
{
	static char plain[128];
	const char *end = input.left ? memchr(input.at, 0, input.left) : NULL;
	size_t size = end ? (size_t)(end - (const char *)input.at) : input.left;

	fdinfo = (const char *)input.at;
	fdinfo_size = size;
	input.at += size + (end != NULL);
	input.left -= size + (end != NULL);
	if (options & PLAIN_MAP) {
		fdinfo_size = (size_t)snprintf(plain, sizeof(plain), "pos:\t0\nkey_size:\t%zu\n"
			"value_size:\t%zu\nrecursion_misses:\t3\n",
			sizeof(struct synoptic_handshake_key),
			sizeof(struct synoptic_handshake_counts));
		fdinfo = plain;
	}
}

/* A row that counts may go after the time that it has, and none goes that is not in the buffer. */
static void require_rows(const struct synoptic_handshakes *header)
{
	const struct synoptic_handshake_key *keys = (const void *)(buffer.at + header->keys.offset);
	const struct synoptic_handshake_counts *counts =
		(const void *)(buffer.at + header->counts.offset);
	uint64_t idle = 0, least = options & PUBLIC ? SYNOPTIC_HANDSHAKES_IDLE_S * IDLE : IDLE;

	REQUIRE(header->keys.count == delivered && header->counts.count == delivered);
	REQUIRE(header->keys.stride == sizeof(*keys) && header->counts.stride == sizeof(*counts));
	REQUIRE(header->counts.offset >= header->keys.offset + delivered * sizeof(*keys));
	REQUIRE(header->size == header->counts.offset + delivered * sizeof(*counts));
	for (uint32_t i = 0; i < header->keys.count; i++)
		idle += keys[i].netns_cookie != 0 && counts[i].last + least / 10 <= fake_time;
	/* The kernel never has a time so far in the future that it wraps around. */
	for (uint32_t i = 0; i < header->keys.count; i++)
		idle += counts[i].last > UINT64_MAX - least;
	REQUIRE(forgotten <= idle);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const int descriptors[] = { MAP, EVENTS, FORGET };
	const struct synoptic_handshakes *header;
	size_t needed, missing, misaligned;
	int status;

	begin(bytes, size);
	needed = synoptic_handshakes_size(take(&input) % 64);
	missing = take(&input);
	misaligned = take(&input) % 16;
	take_fdinfo();
	if (missing > needed)
		missing = needed;
	buffer_begin(&buffer, misaligned, needed - missing);
	header = (const void *)buffer.at;
	if (options & PUBLIC)
		status = synoptic_read_handshakes(MAP, EVENTS, FORGET, "/p", buffer.at, buffer.size);
	else
		status = handshakes_read(descriptors, "/p", IDLE, buffer.at, buffer.size);
	REQUIRE(status <= 0 && opened == 0);
	if (misaligned % 8 || buffer.size < sizeof(*header)) {
		REQUIRE(status == -EINVAL);
	} else {
		REQUIRE(header->abi == SYNOPTIC_ABI && header->size <= buffer.size);
		if (status == 0)
			require_rows(header);
		else
			REQUIRE(header->keys.count == 0 && header->counts.count == 0);
	}
	buffer_end(&buffer);
	fake_time = 0;
	return 0;
}
