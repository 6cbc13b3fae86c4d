/* Every system call of a scan failing, in every way: a scan is exact or it is an error. */
#include "namespace.h"
#include "synoptic.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/random.h>
#include <time.h>

#define CONNECTIONS 20 /* a family; three datagrams, and three reads a file */
#define LONG_MS 10000
#define SHORT_MS 60 /* what an error that never ends may take */
#define SLACK_MS 2000 /* for a busy machine, and valgrind */
#define OCCURRENCES 3

enum call {
	SOCKET, CONNECT, GETSOCKNAME, SEND, RECVMSG, POLL, GETRANDOM, CLOSE, OPEN, READ, CALLS
};

static const int errors[] = {
	EPERM, EACCES, ENOENT, ENOMEM, ENOBUFS, EMFILE, ENFILE, EINVAL, EPROTONOSUPPORT,
	EAFNOSUPPORT, EOPNOTSUPP, ECONNREFUSED, EIO, EINTR, EAGAIN, ENOSYS, EBUSY, ESRCH,
};

#define ERRORS (sizeof(errors) / sizeof(*errors))

static const enum synoptic_source sources[] = {
	SYNOPTIC_SOURCE_AUTO, SYNOPTIC_SOURCE_SOCK_DIAG, SYNOPTIC_SOURCE_PROC,
};

/* The fault of the scan under way; none is `call` CALLS. */
static struct fault {
	enum call call;
	int error;
	uint32_t first, last; /* occurrences that fail, from 1 */
	int refusal;          /* the errno of the first request for a dump, or 0 */
	bool no_netlink;      /* AF_NETLINK is EAFNOSUPPORT */
	bool slow;            /* an answer isn't there at first, so poll() is called */
} fault;

static bool armed;
static uint32_t seen[CALLS];
static uint32_t failures;

static _Alignas(8) char buffer[1 << 18];
static const struct synoptic_snapshot *snapshot = (const void *)buffer;

static bool fails(enum call call)
{
	if (!armed)
		return false;
	seen[call]++;
	if (fault.call != call || seen[call] < fault.first || seen[call] > fault.last)
		return false;
	failures++;
	errno = fault.error;
	return true;
}

#define WRAP(call, type, name, parameters, arguments) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		return fails(call) ? -1 : __real_##name arguments; \
	}

WRAP(CONNECT, int, connect, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size))
WRAP(GETSOCKNAME, int, getsockname, (int fd, struct sockaddr *own, socklen_t *size),
     (fd, own, size))
WRAP(POLL, int, poll, (struct pollfd *fds, nfds_t count, int timeout), (fds, count, timeout))
WRAP(GETRANDOM, ssize_t, getrandom, (void *bytes, size_t size, unsigned int flags),
     (bytes, size, flags))
WRAP(OPEN, int, open, (const char *path, int flags, ...), (path, flags))
WRAP(READ, ssize_t, read, (int fd, void *bytes, size_t size), (fd, bytes, size))

int __real_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol);
ssize_t __real_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __real_recvmsg(int fd, struct msghdr *header, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags);
int __real_close(int fd);
int __wrap_close(int fd);

int __wrap_socket(int family, int type, int protocol)
{
	if (fails(SOCKET))
		return -1;
	if (armed && fault.no_netlink && family == AF_NETLINK) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return __real_socket(family, type, protocol);
}

ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags)
{
	if (fails(SEND))
		return -1;
	if (armed && fault.refusal && seen[SEND] == 1) {
		errno = fault.refusal;
		return -1;
	}
	return __real_send(fd, bytes, size, flags);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags)
{
	if (fails(RECVMSG))
		return -1;
	if (armed && fault.slow && seen[RECVMSG] % 2) {
		errno = EAGAIN;
		return -1;
	}
	return __real_recvmsg(fd, header, flags);
}

/* Linux closes the descriptor even if it then reports an error. */
int __wrap_close(int fd)
{
	int status = __real_close(fd);

	return fails(CLOSE) ? -1 : status;
}

static int scan_with(struct fault with, enum synoptic_source source, uint32_t timeout_ms)
{
	int status;

	open_connections(CONNECTIONS);
	memset(seen, 0, sizeof(seen));
	memset(buffer, 0xa5, sizeof(buffer));
	failures = 0;
	fault = with;
	armed = true;
	status = synoptic_scan(source, "/proc", timeout_ms, buffer, sizeof(buffer), 0);
	armed = false;
	return status;
}

static int64_t milliseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void check_exact(void)
{
	const struct synoptic_namespace *row =
		(const void *)(buffer + snapshot->table[SYNOPTIC_NAMESPACES].offset);

	CHECK_EQUAL(1, snapshot->table[SYNOPTIC_NAMESPACES].count);
	CHECK_EQUAL(6 * CONNECTIONS, snapshot->scanned_sockets);
	for (int family = 0; family < SYNOPTIC_FAMILIES; family++) {
		CHECK_EQUAL(CONNECTIONS, row->sockets[family][TCP_LISTEN]);
		CHECK_EQUAL(2 * CONNECTIONS, row->sockets[family][TCP_ESTABLISHED]);
	}
}

/* Plays one combination. Returns the scan's status, exact or an error. */
static int play(struct fault with, enum synoptic_source source, uint32_t timeout_ms)
{
	int before, status;
	int64_t start;

	open_connections(CONNECTIONS);
	before = open_descriptors();
	start = milliseconds();
	status = scan_with(with, source, timeout_ms);
	CHECK(milliseconds() - start < timeout_ms + SLACK_MS);
	CHECK_EQUAL(before, open_descriptors());
	if (status == 0) {
		check_exact();
		CHECK_EQUAL(source == SYNOPTIC_SOURCE_AUTO &&
			    snapshot->source == SYNOPTIC_SOURCE_PROC,
			    snapshot->fallback_error != 0);
	} else {
		CHECK(status < 0);
		CHECK_EQUAL(0, snapshot->table[SYNOPTIC_NAMESPACES].count);
		CHECK_EQUAL(0, snapshot->scanned_sockets);
		CHECK_EQUAL(SYNOPTIC_ABI, snapshot->abi);
	}
	return status;
}

/* A tcp6 that isn't there is a kernel without IPv6: the counts are then IPv4's, and exact. */
static bool takes_ipv6_away(const struct fault *with)
{
	return with->call == OPEN && with->error == ENOENT && with->last >= 2 && with->first <= 2;
}

static struct fault fault_of(enum call call, int error, enum synoptic_source source)
{
	return (struct fault){
		.call = call, .error = error,
		.no_netlink = source == SYNOPTIC_SOURCE_AUTO && (call == OPEN || call == READ),
		.slow = call == POLL,
	};
}

TEST(without_a_fault_every_call_is_made_and_every_source_is_exact)
{
	struct fault slow = { .call = CALLS, .slow = true };

	CHECK_EQUAL(0, play(slow, SYNOPTIC_SOURCE_SOCK_DIAG, LONG_MS));
	for (int call = 0; call < OPEN; call++)
		CHECK(seen[call] >= 1);
	CHECK(seen[RECVMSG] >= 2 * OCCURRENCES);
	CHECK(seen[POLL] >= OCCURRENCES);
	CHECK_EQUAL(0, play(slow, SYNOPTIC_SOURCE_PROC, LONG_MS));
	CHECK_EQUAL(2, seen[OPEN]);
	CHECK(seen[READ] >= 2 * OCCURRENCES);
}

static uint32_t combinations[CALLS], failed_scans;

/* The first call fails, then the second, and so on until there is no such call. */
static void play_every_occurrence(struct fault with, enum synoptic_source source)
{
	do {
		with.last = ++with.first;
		if (takes_ipv6_away(&with))
			continue;
		failed_scans += play(with, source, LONG_MS) < 0;
		combinations[with.call] += failures;
	} while (failures);
}

TEST(a_call_that_fails_once_never_makes_a_wrong_count)
{
	uint32_t sum = 0;

	for (int call = 0; call < CALLS; call++) {
		for (size_t i = 0; i < ERRORS * 3; i++)
			play_every_occurrence(fault_of(call, errors[i / 3], sources[i % 3]),
					      sources[i % 3]);
		CHECK(combinations[call] >= 2 * ERRORS);
		sum += combinations[call];
	}
	printf("test_inject: %u combinations of source, call, errno and occurrence, "
	       "%u of them failed the scan\n", sum, failed_scans);
}

TEST(a_call_that_always_fails_never_makes_a_wrong_count)
{
	for (uint32_t i = 0; i < CALLS * ERRORS * 3; i++) {
		enum synoptic_source source = sources[i % 3];
		struct fault with = fault_of(i / 3 % CALLS, errors[i / 3 / CALLS], source);

		with.first = 1;
		with.last = UINT32_MAX;
		play(with, source, SHORT_MS);
	}
}

TEST(a_sock_diag_that_is_refused_leaves_the_scan_to_proc_and_no_other_does)
{
	static const enum call calls[] = { SOCKET, CONNECT, GETSOCKNAME, SEND, RECVMSG };

	for (uint32_t i = 0; i < 5 * ERRORS; i++) {
		struct fault with = { .call = calls[i % 5], .error = errors[i / 5], .first = 1 };

		/* Tried again. */
		if (with.call == RECVMSG && (with.error == EINTR || with.error == EAGAIN))
			continue;
		with.last = UINT32_MAX;
		if (synoptic_refusal(with.error) == SYNOPTIC_REFUSAL_NONE) {
			CHECK_EQUAL(-with.error, play(with, SYNOPTIC_SOURCE_AUTO, LONG_MS));
			CHECK_EQUAL(SYNOPTIC_SOURCE_SOCK_DIAG, snapshot->source);
			CHECK_EQUAL(0, snapshot->fallback_error);
			continue;
		}
		CHECK_EQUAL(0, play(with, SYNOPTIC_SOURCE_AUTO, LONG_MS));
		CHECK_EQUAL(SYNOPTIC_SOURCE_PROC, snapshot->source);
		CHECK_EQUAL(with.error, snapshot->fallback_error);
	}
}

TEST(a_sock_diag_that_hangs_is_a_timeout_and_proc_is_not_read)
{
	struct fault with = { .call = RECVMSG, .error = EINTR, .first = 1, .last = UINT32_MAX };

	CHECK_EQUAL(-ETIMEDOUT, play(with, SYNOPTIC_SOURCE_AUTO, SHORT_MS));
	CHECK_EQUAL(SYNOPTIC_SOURCE_SOCK_DIAG, snapshot->source);
	CHECK_EQUAL(0, seen[OPEN]);
}

TEST(a_signal_or_a_failing_close_does_not_fail_a_scan)
{
	static const enum call calls[] = { RECVMSG, POLL, READ };

	for (int i = 0; i < 3; i++) {
		enum synoptic_source source =
			calls[i] == READ ? SYNOPTIC_SOURCE_PROC : SYNOPTIC_SOURCE_SOCK_DIAG;
		struct fault with = fault_of(calls[i], EINTR, source);

		with.first = 1;
		with.last = OCCURRENCES;
		CHECK_EQUAL(0, play(with, source, LONG_MS));
		CHECK_EQUAL(OCCURRENCES, failures);
	}
	for (int i = 0; i < 3; i++) {
		struct fault with = { .call = CLOSE, .error = EIO, .first = 1, .last = UINT32_MAX };

		CHECK_EQUAL(0, play(with, sources[i], LONG_MS));
		CHECK(failures >= 1);
	}
}

TEST(a_kernel_without_entropy_is_scanned_all_the_same)
{
	struct fault with = { .call = GETRANDOM, .error = EAGAIN, .first = 1, .last = 1 };

	CHECK_EQUAL(0, play(with, SYNOPTIC_SOURCE_SOCK_DIAG, LONG_MS));
	CHECK_EQUAL(1, failures);
}

TEST(a_kernel_that_refuses_the_older_request_is_asked_family_by_family)
{
	static const int refusals[] = { EINVAL, EOPNOTSUPP, ENOENT };

	for (int i = 0; i < 3; i++) {
		struct fault with = { .call = CALLS, .refusal = refusals[i] };

		CHECK_EQUAL(0, play(with, SYNOPTIC_SOURCE_SOCK_DIAG, LONG_MS));
		/* Once in vain; then each family's listeners and all its others. */
		CHECK_EQUAL(1 + 2 * 2, seen[SEND]);
	}
}

TEST(a_missing_tcp6_is_a_kernel_without_ipv6)
{
	struct fault with = { .call = OPEN, .error = ENOENT, .first = 2, .last = 2 };

	CHECK_EQUAL(0, scan_with(with, SYNOPTIC_SOURCE_PROC, LONG_MS));
	CHECK_EQUAL(3 * CONNECTIONS, snapshot->scanned_sockets);
}

/* ENOENT is what the absence of IPv6 looks like: not after the first of its sockets. */
TEST(an_error_among_ipv6_sockets_is_no_absence_of_ipv6)
{
	struct fault with = { .call = READ, .error = ENOENT };
	uint32_t reads, receives;

	CHECK_EQUAL(0, play((struct fault){ .call = CALLS }, SYNOPTIC_SOURCE_PROC, LONG_MS));
	reads = seen[READ];
	for (with.first = 1; with.first <= reads; with.first++) {
		with.last = with.first;
		CHECK_EQUAL(-ENOENT, play(with, SYNOPTIC_SOURCE_PROC, LONG_MS));
	}

	with = (struct fault){ .call = CALLS, .refusal = EINVAL };
	CHECK_EQUAL(0, play(with, SYNOPTIC_SOURCE_SOCK_DIAG, LONG_MS));
	receives = seen[RECVMSG];
	with = (struct fault){
		.call = RECVMSG, .error = ENOENT, .refusal = EINVAL,
		.first = receives, .last = receives,
	};
	CHECK_EQUAL(-ENOENT, play(with, SYNOPTIC_SOURCE_SOCK_DIAG, LONG_MS));
}

MAIN()
