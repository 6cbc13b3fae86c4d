/*
 * fuzz_sock_diag.c - a whole dump: requests, and whatever datagrams and errors come for answers.
 *
 * Input: a byte of options, then events, each of a kind, a length of two bytes and as many bytes; of
 * kinds without bytes the length is an argument. When the events are used up no answer comes.
 *
 * A slow decoder of the target's own says which rows count and whether each dump came to its end.
 */
#include "clock.h"
#include "snapshot.h"

#define PLAYING (fake_time != 0)
#define OWN_OPEN open_nothing
#define OWN_CLOSE
#include "calls.h"

#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "sock_diag.h"
#include "../test/start_tally.h"

#define LISTENERS 24
#define OWNERS 4
#define TIMEOUT_MS 5000
#define DESCRIPTOR OWN_DESCRIPTORS
#define PORTID 4321
#define MILLISECOND 1000000
#define LARGEST 32768

enum option {
	LISTENERS_ALONE = 1,
	NO_RANDOM = 2,
	DIRECT = 4, /* each datagram to sock_diag_read(), in memory of its size */
	AUTO = 8,
	CALL = 0x70, /* that fails: 1 socket, 2 connect, 3 getsockname */
};

enum event_kind {
	ADDRESSED,    /* a datagram: each message has the number, port and type that it must have */
	UNTYPED,      /* the type is its own */
	RAW,          /* so are all three */
	ROWS,         /* a count, and a row so often, with a cookie each */
	FROM_PROCESS, /* as ADDRESSED, but not from the kernel */
	NAMELESS,     /* from nobody */
	TRUNCATED,    /* it didn't fit */
	LATE,         /* nothing yet; it comes after a while */
	POLL_FAILS,   /* nothing yet, and it can't be waited for */
	INTERRUPTED,
	FAILED,       /* recvmsg() fails */
	UNSENT,       /* if it is next when a request is sent, that fails */
	KINDS
};

static const int errors[] = {
	EPERM, EACCES, ENOENT, ENOMEM, ENOBUFS, EINVAL, EOPNOTSUPP, EIO, ENOSYS, ECONNREFUSED,
};

struct event {
	enum event_kind kind;
	uint16_t argument;
	const uint8_t *bytes;
	size_t size;
};

static struct input input;
static uint8_t options;
static bool poll_fails;

/* The request under way. */
static uint32_t sequence;
static uint16_t type;
static bool of_ages, of_ipv6, single;

/* What the slow decoder makes of it. */
static uint64_t expected_rows, messages;
static uint32_t requests, ended;

static bool peek(struct event *event)
{
	size_t left;

	if (input.left < 3)
		return false;
	left = input.left - 3;
	event->kind = input.at[0] % KINDS;
	event->argument = (uint16_t)(input.at[1] | input.at[2] << 8);
	event->bytes = input.at + 3;
	event->size = event->argument < left ? event->argument : left;
	if (event->kind >= LATE)
		event->size = 0;
	return true;
}

static bool next(struct event *event)
{
	if (!peek(event))
		return false;
	input.at += 3 + event->size;
	input.left -= 3 + event->size;
	return true;
}

static int error_of(const struct event *event)
{
	return errors[event->argument % COUNT_OF(errors)];
}

/* Gives messages, as far as their lengths hold, what the request demands. */
static void address(char *bytes, size_t size, bool with_type)
{
	size_t at = 0;

	while (at + sizeof(struct nlmsghdr) <= size) {
		struct nlmsghdr *message = (void *)(bytes + at);

		message->nlmsg_seq = sequence;
		message->nlmsg_pid = PORTID;
		if (with_type && message->nlmsg_type >= NLMSG_MIN_TYPE)
			message->nlmsg_type = type;
		if (message->nlmsg_len < sizeof(*message) || message->nlmsg_len > size - at)
			return;
		at += NLMSG_ALIGN((size_t)message->nlmsg_len);
	}
}

static size_t make_rows(const struct event *event, char *bytes)
{
	struct inet_diag_msg row = { .idiag_family = AF_INET };
	size_t count = event->size ? event->bytes[0] : 0, size = 0;
	size_t length = NLMSG_SPACE(sizeof(row));

	if (event->size > 1)
		memcpy(&row, event->bytes + 1,
		       event->size - 1 < sizeof(row) ? event->size - 1 : sizeof(row));
	for (size_t i = 0; i < count && size + length <= LARGEST; i++, size += length) {
		struct nlmsghdr header = {
			.nlmsg_len = (uint32_t)length, .nlmsg_type = type, .nlmsg_seq = sequence,
			.nlmsg_pid = PORTID,
		};

		row.id.idiag_cookie[0]++;
		memcpy(bytes + size, &header, sizeof(header));
		memcpy(bytes + size + sizeof(header), &row, sizeof(row));
	}
	return size;
}

static size_t make_datagram(const struct event *event, char *bytes)
{
	size_t size = event->size < LARGEST ? event->size : LARGEST;

	if (event->kind == ROWS)
		return make_rows(event, bytes);
	if (size)
		memcpy(bytes, event->bytes, size);
	if (event->kind != RAW)
		address(bytes, size, event->kind != UNTYPED);
	return size;
}

/* Whether a row of the answer counts, by its bytes. */
static bool is_row(const struct nlmsghdr *message, const struct inet_diag_msg *row)
{
	return message->nlmsg_type == type && message->nlmsg_len >= NLMSG_LENGTH(sizeof(*row)) &&
	       row->idiag_state >= TCP_ESTABLISHED && row->idiag_state <= TCP_CLOSING &&
	       (row->idiag_family == AF_INET || row->idiag_family == AF_INET6);
}

/* Ages may be missing. */
static void end(void)
{
	ended += !of_ages;
}

/* A kernel without IPv6 says so. */
static void end_without_ipv6(int status)
{
	if (status == -ENOENT && of_ipv6)
		end();
}

/* Returns whether more of the datagram is to be read. */
static bool expect_message(const struct nlmsghdr *message)
{
	int status = 1;

	if (message->nlmsg_len >= NLMSG_LENGTH(sizeof(status)))
		memcpy(&status, NLMSG_DATA(message), sizeof(status));
	if (message->nlmsg_type == NLMSG_NOOP)
		return true;
	if (message->nlmsg_type == NLMSG_DONE && status == 0)
		end();
	else if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
		end_without_ipv6(status);
	if (message->nlmsg_type < NLMSG_MIN_TYPE || !is_row(message, NLMSG_DATA(message)))
		return false;
	expected_rows += !of_ages;
	return !single;
}

static void expect(const char *bytes, size_t size)
{
	size_t at = 0;

	while (at + sizeof(struct nlmsghdr) <= size) {
		const struct nlmsghdr *message = (const void *)(bytes + at);

		if (message->nlmsg_len < sizeof(*message) || message->nlmsg_len > size - at)
			return;
		messages++;
		if (message->nlmsg_seq == sequence && message->nlmsg_pid == PORTID &&
		    !expect_message(message))
			return;
		at += NLMSG_ALIGN((size_t)message->nlmsg_len);
	}
}

int __wrap_socket(int family, int socket_type, int protocol);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t size);
int __wrap_getsockname(int fd, struct sockaddr *own, socklen_t *size);
ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);

int __wrap_socket(int family, int socket_type, int protocol)
{
	REQUIRE(family == AF_NETLINK && (socket_type & SOCK_CLOEXEC) && protocol == NETLINK_SOCK_DIAG);
	if ((options & CALL) == 0x10)
		return fail_with(EPROTONOSUPPORT);
	opened++;
	return DESCRIPTOR;
}

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t size)
{
	const struct sockaddr_nl *kernel = (const void *)to;

	REQUIRE(fd == DESCRIPTOR && size == sizeof(*kernel) && kernel->nl_pid == 0);
	return (options & CALL) == 0x20 ? fail_with(EACCES) : 0;
}

int __wrap_getsockname(int fd, struct sockaddr *own, socklen_t *size)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_pid = PORTID };

	REQUIRE(fd == DESCRIPTOR && *size == sizeof(name));
	memcpy(own, &name, sizeof(name));
	return (options & CALL) == 0x30 ? fail_with(ENOBUFS) : 0;
}

ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned int flags)
{
	REQUIRE(flags & GRND_NONBLOCK);
	if (options & NO_RANDOM)
		return fail_with(EAGAIN);
	memset(bytes, 0xff, size);
	return (ssize_t)size;
}

/* There is no procfs to fall back to. */
static int open_nothing(const char *path, int flags)
{
	(void)path;
	(void)flags;
	return fail_with(ENOTDIR);
}

/* The older request is one for both families; if it is refused, all begins again. */
static void begin_request(const struct nlmsghdr *header, uint8_t family, uint32_t states)
{
	if (header->nlmsg_type != type && states != 1u << TCP_CLOSE_WAIT) {
		REQUIRE(expected_rows == 0);
		requests = 0;
		ended = 0;
	}
	type = header->nlmsg_type;
	of_ages = states == 1u << TCP_CLOSE_WAIT;
	of_ipv6 = type == SOCK_DIAG_BY_FAMILY && family == AF_INET6;
	single = !(header->nlmsg_flags & NLM_F_DUMP);
	requests += !of_ages;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags)
{
	const struct nlmsghdr *header = bytes;
	const struct inet_diag_req *both = NLMSG_DATA(header);
	const struct inet_diag_req_v2 *one = NLMSG_DATA(header);
	struct event event;

	REQUIRE(fd == DESCRIPTOR && flags == 0 && header->nlmsg_len == size);
	REQUIRE(header->nlmsg_pid == PORTID && (of_ages || requests == ended || expected_rows == 0));
	REQUIRE(requests == 0 || header->nlmsg_seq == sequence + 1);
	sequence = header->nlmsg_seq;
	if (header->nlmsg_type == TCPDIAG_GETSOCK)
		begin_request(header, both->idiag_family, both->idiag_states);
	else
		begin_request(header, one->sdiag_family, one->idiag_states);
	if (!peek(&event) || event.kind != UNSENT)
		return (ssize_t)size;
	next(&event);
	end_without_ipv6(-error_of(&event));
	return fail_with(error_of(&event));
}

static ssize_t deliver(const struct event *event, struct msghdr *header)
{
	struct sockaddr_nl sender = {
		.nl_family = AF_NETLINK, .nl_pid = event->kind == FROM_PROCESS ? 1 : 0,
	};
	char *bytes = header->msg_iov->iov_base;
	size_t size;

	REQUIRE(header->msg_iov->iov_len == LARGEST && header->msg_namelen == sizeof(sender));
	size = make_datagram(event, bytes);
	memcpy(header->msg_name, &sender, sizeof(sender));
	if (event->kind == NAMELESS)
		header->msg_namelen = 0;
	else if (event->kind == TRUNCATED)
		header->msg_flags |= MSG_TRUNC;
	else if (event->kind != FROM_PROCESS)
		expect(bytes, size);
	else
		messages++;
	return (ssize_t)size;
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags)
{
	struct event event;

	REQUIRE(fd == DESCRIPTOR && (flags & MSG_DONTWAIT));
	if (!next(&event)) {
		fake_time += (uint64_t)TIMEOUT_MS * MILLISECOND;
		return fail_with(EAGAIN);
	}
	switch (event.kind) {
	case LATE:
	case POLL_FAILS:
		poll_fails = event.kind == POLL_FAILS;
		fake_time += (uint64_t)event.argument * MILLISECOND;
		return fail_with(EAGAIN);
	case INTERRUPTED:
		return fail_with(EINTR);
	case FAILED:
	case UNSENT:
		end_without_ipv6(-error_of(&event));
		return fail_with(error_of(&event));
	default:
		return deliver(&event, header);
	}
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	REQUIRE(count == 1 && fds->fd == DESCRIPTOR && timeout > 0);
	if (!poll_fails)
		return 1;
	poll_fails = false;
	return fail_with(fake_time / MILLISECOND % 2 ? EINTR : ENOMEM);
}

/* What was asked for first, as a dump of the older kind. */
static void begin(void)
{
	options = take(&input);
	opened = 0;
	poll_fails = false;
	sequence = 7;
	type = TCPDIAG_GETSOCK;
	of_ages = of_ipv6 = single = false;
	expected_rows = messages = 0;
	requests = ended = 0;
	fake_time = 1000000000;
}

static uint64_t rejected(const struct synoptic_snapshot *snapshot)
{
	uint64_t sum = 0;

	for (int i = 0; i < SYNOPTIC_REJECTIONS; i++)
		sum += snapshot->rejected_messages[i];
	return sum;
}

static void scan(void)
{
	static char *buffer;
	static size_t size;
	bool alone = options & LISTENERS_ALONE;
	enum synoptic_source source = options & AUTO ? SYNOPTIC_SOURCE_AUTO : SYNOPTIC_SOURCE_SOCK_DIAG;
	struct synoptic_snapshot *snapshot;
	int status;

	if (!buffer) {
		size = synoptic_snapshot_size(LISTENERS, OWNERS, 1);
		buffer = malloc(size);
		REQUIRE(buffer);
	}
	snapshot = (void *)buffer;
	if (alone)
		status = synoptic_scan_listeners(source, "/proc", TIMEOUT_MS, buffer, size);
	else
		status = synoptic_scan(source, "/proc", TIMEOUT_MS, buffer, size, OWNERS);
	REQUIRE(opened == 0);
	require_consistent(snapshot, size, status, alone);
	REQUIRE(rejected(snapshot) <= messages);
	if (status)
		return;
	REQUIRE(snapshot->source == SYNOPTIC_SOURCE_SOCK_DIAG && snapshot->fallback_error == 0);
	REQUIRE(requests == ended && requests > 0);
	REQUIRE(snapshot->scanned_sockets + snapshot->duplicate_sockets == expected_rows);
}

/* Each datagram by itself, with no byte behind it. */
static void read_directly(void)
{
	static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	static _Alignas(8) char bytes[LARGEST];
	struct synoptic_snapshot snapshot;
	struct synoptic_namespace namespace;
	struct tally tally;
	struct sock_diag_dump dump = {
		.tally = &tally, .type = type, .sequence = sequence, .portid = PORTID,
	};
	struct event event;
	int status = 0;

	start_tally(&tally, &snapshot, &namespace);
	while (status == 0 && next(&event)) {
		size_t size = event.kind < LATE ? make_datagram(&event, bytes) : 0;
		char *exact = malloc(size ? size : 1);

		REQUIRE(exact);
		memcpy(exact, bytes, size);
		expect(exact, size);
		status = sock_diag_read(&dump, &kernel, exact, size);
		free(exact);
	}
	REQUIRE(status <= 1 && (status == 1) == (ended == 1));
	REQUIRE(dump.rows == expected_rows);
	REQUIRE(snapshot.scanned_sockets + snapshot.duplicate_sockets == expected_rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	input = (struct input){ bytes, size };
	begin();
	if (options & DIRECT)
		read_directly();
	else
		scan();
	fake_time = 0;
	return 0;
}
