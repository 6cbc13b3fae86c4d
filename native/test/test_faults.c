/*
 * Faults of every kind, several at once and at random: what is read is right, or it is an error; it takes
 * no longer than it may, and leaves nothing behind. test_inject has each of them alone.
 *
 * Not here: memory, which the library never allocates but by two calls of mmap(), which are; files, which
 * it never writes; and the wall clock, which it never reads and which no namespace has of its own.
 */
#include "counting.h"
#include "namespace.h"

#include <linux/sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

#define CONNECTIONS 20 /* a family */
#define LONG_MS 20000 /* for what has to be right */
#define SHORT_MS 300
#define SLACK_MS 20000 /* for a busy machine */
#define AT_ONCE 4
#define FAULTS 500
#define FAULTS_LONG 12000
#define SEED 20261201
#define MINUTE 60000000000ULL
#define MESSAGE "STATUS=seen"

enum call {
	SOCKET, CONNECT, GETSOCKNAME, GETRANDOM, SEND, RECVMSG, POLL, CLOSE, OPEN, READ, FCNTL, MMAP,
	SYSCALL, NANOSLEEP, SENDTO, CLOCK, CALLS
};

enum reader {
	SOCK_DIAG, AUTO, PROC, LISTENERS, PROC_LISTENERS, NODE, NODE_LISTENERS, HANDSHAKES_READ, SAMPLE,
	NOTIFY, READERS
};

static const int errors[] = {
	EPERM, EACCES, ENOENT, ENOMEM, ENOBUFS, EMFILE, ENFILE, EINVAL, EPROTONOSUPPORT, EAFNOSUPPORT,
	EOPNOTSUPP, ECONNREFUSED, EIO, EINTR, EAGAIN, ENOSYS, EBUSY, ESRCH, ENOSPC, EBADF,
};

#define ERRORS (sizeof(errors) / sizeof(*errors))

/* Calls `first` to `last` fail, counted from 1; a read is short instead, an answer cut off, if it is `cut`. */
struct fault {
	enum call call;
	int error;
	uint32_t first, last;
	bool cut, hit;
};

static struct fault faults[AT_ONCE];
static int fault_count;
static enum reader reader;
static bool armed;
static uint32_t seen[CALLS], mapped;
static uint64_t jumped, random_state = SEED;
static uint32_t injected, readings, failed, timeout_ms = LONG_MS;

static _Alignas(8) char buffer[1 << 20], sampler[1 << 16];
static const struct synoptic_snapshot *snapshot = (const void *)buffer;
static struct sockaddr_in6 counted_at;
static uint64_t counted_opened;
static int received_at = -1;

static uint32_t draw(uint32_t below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % below;
}

/* The fault that hits this call, or none. */
static struct fault *hit(enum call call)
{
	if (!armed)
		return NULL;
	seen[call]++;
	for (int i = 0; i < fault_count; i++) {
		struct fault *fault = &faults[i];

		if (fault->call != call || seen[call] < fault->first || seen[call] > fault->last)
			continue;
		fault->hit = true;
		errno = fault->error;
		return fault;
	}
	return NULL;
}

#define WRAP(call, type, name, parameters, arguments) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		return hit(call) ? (type)-1 : __real_##name arguments; \
	}

WRAP(SOCKET, int, socket, (int family, int type, int protocol), (family, type, protocol))
WRAP(CONNECT, int, connect, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size))
WRAP(GETSOCKNAME, int, getsockname, (int fd, struct sockaddr *own, socklen_t *size), (fd, own, size))
WRAP(GETRANDOM, ssize_t, getrandom, (void *bytes, size_t size, unsigned int flags), (bytes, size, flags))
WRAP(SEND, ssize_t, send, (int fd, const void *bytes, size_t size, int flags), (fd, bytes, size, flags))
WRAP(POLL, int, poll, (struct pollfd *fds, nfds_t count, int timeout), (fds, count, timeout))
WRAP(NANOSLEEP, int, nanosleep, (const struct timespec *time, struct timespec *left), (time, left))
WRAP(SENDTO, ssize_t, sendto,
     (int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to, socklen_t length),
     (fd, bytes, size, flags, to, length))

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
ssize_t __real_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size);
ssize_t __real_recvmsg(int fd, struct msghdr *header, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags);
int __real_close(int fd);
int __wrap_close(int fd);
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t size);
int __wrap_munmap(void *at, size_t size);
long __real_syscall(long call, ...);
long __wrap_syscall(long call, ...);
int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

/* A tcp6 that isn't there is a kernel without IPv6, and no fault. */
int __wrap_open(const char *path, int flags, ...)
{
	const struct fault *fault = hit(OPEN);

	if (!fault)
		return __real_open(path, flags, 0600);
	if (fault->error == ENOENT && strstr(path, "tcp6"))
		errno = EMFILE;
	return -1;
}

int __wrap_fcntl(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	return hit(FCNTL) ? -1 : __real_fcntl(fd, command, argument);
}

ssize_t __wrap_read(int fd, void *bytes, size_t size)
{
	const struct fault *fault = hit(READ);

	if (fault && !fault->cut)
		return -1;
	return __real_read(fd, bytes, fault && size > 64 ? 64 : size);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags)
{
	const struct fault *fault = hit(RECVMSG);
	ssize_t size;

	if (fault && !fault->cut)
		return -1;
	size = __real_recvmsg(fd, header, flags);
	if (!fault || size <= 0)
		return size;
	header->msg_flags |= MSG_TRUNC;
	return size / 8 * 4;
}

/* Linux closes the descriptor even if it then reports an error. */
int __wrap_close(int fd)
{
	int status = __real_close(fd);

	return hit(CLOSE) ? -1 : status;
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	void *made = hit(MMAP) ? MAP_FAILED : __real_mmap(at, size, protection, flags, fd, offset);

	mapped += armed && made != MAP_FAILED;
	return made;
}

int __wrap_munmap(void *at, size_t size)
{
	mapped -= armed;
	return __real_munmap(at, size);
}

long __wrap_syscall(long call, ...)
{
	va_list list;
	long argument[6];

	va_start(list, call);
	for (int i = 0; i < 6; i++)
		argument[i] = va_arg(list, long);
	va_end(list);
	if (hit(SYSCALL))
		return -1;
	return __real_syscall(call, argument[0], argument[1], argument[2], argument[3], argument[4],
			      argument[5]);
}

/* As after a suspension or a stop: it goes on from two minutes later. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	int status = __real_clock_gettime(clock, time);

	if (clock != CLOCK_MONOTONIC)
		return status;
	if (hit(CLOCK))
		jumped += 2 * MINUTE;
	if (armed)
		time->tv_sec += (time_t)(jumped / 1000000000);
	return 0;
}

static int64_t milliseconds(void)
{
	struct timespec time;

	__real_clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int read_handshakes(void)
{
	return synoptic_read_handshakes(counting.map, counting.events, counting.forget, "/proc",
					counting_buffer, sizeof(counting_buffer));
}

/* One poll, because it was asked before. */
static int sample(void)
{
	synoptic_sampler_start(sampler, sizeof(sampler), 100, NULL);
	((struct synoptic_sampler *)sampler)->asked = 1;
	return synoptic_sample(sampler, SYNOPTIC_SOURCE_AUTO, "/proc", 1, timeout_ms, buffer,
			       sizeof(buffer));
}

static int read_once(void)
{
	static const enum synoptic_source sources[READERS] = {
		[SOCK_DIAG] = SYNOPTIC_SOURCE_SOCK_DIAG, [AUTO] = SYNOPTIC_SOURCE_AUTO,
		[PROC] = SYNOPTIC_SOURCE_PROC, [LISTENERS] = SYNOPTIC_SOURCE_AUTO,
		[PROC_LISTENERS] = SYNOPTIC_SOURCE_PROC,
	};

	switch (reader) {
	case SOCK_DIAG:
	case AUTO:
	case PROC:
		return synoptic_scan(sources[reader], "/proc", timeout_ms, buffer, sizeof(buffer), 20);
	case LISTENERS:
	case PROC_LISTENERS:
		return synoptic_scan_listeners(sources[reader], "/proc", timeout_ms, buffer,
					       sizeof(buffer));
	case NODE:
		return synoptic_scan_node(node_descriptors.program, node_descriptors.records, timeout_ms,
					  node_buffer, sizeof(node_buffer), 100, NODE_NAMESPACES);
	case NODE_LISTENERS:
		return synoptic_scan_node_listeners(node_descriptors.program, node_descriptors.records,
						    timeout_ms, node_buffer, sizeof(node_buffer),
						    NODE_NAMESPACES);
	case HANDSHAKES_READ:
		return read_handshakes();
	case SAMPLE:
		return sample();
	default:
		return synoptic_notify(MESSAGE);
	}
}

static bool is_exact(const struct synoptic_namespace *row)
{
	for (int family = 0; family < SYNOPTIC_FAMILIES; family++)
		if (row->sockets[family][TCP_LISTEN] != CONNECTIONS ||
		    row->sockets[family][TCP_ESTABLISHED] != 2 * CONNECTIONS)
			return false;
	return true;
}

static uint32_t listeners_of(const struct synoptic_snapshot *of, uint32_t number)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < of->table[SYNOPTIC_LISTENERS].count; i++) {
		const struct synoptic_listener *row = table_row(of, SYNOPTIC_LISTENERS, i);

		count += row->netns_row == number;
	}
	return count;
}

/* Of the whole host, of which one namespace is known; another may have come and gone meanwhile. */
static bool is_node_right(bool all)
{
	const struct synoptic_namespace *row = node_namespace(places[0].netns);

	return row && (!all || is_exact(row)) &&
	       listeners_of(node, node_row(row)) == 2 * CONNECTIONS;
}

static bool is_right(int status)
{
	const struct synoptic_sampler *sums = (const void *)sampler;
	char message[64];

	switch (reader) {
	case SOCK_DIAG:
	case AUTO:
	case PROC:
		return status == 0 && snapshot->scanned_sockets == 6 * CONNECTIONS &&
		       is_exact(table_row(snapshot, SYNOPTIC_NAMESPACES, 0)) &&
		       listeners_of(snapshot, 0) == 2 * CONNECTIONS;
	case LISTENERS:
	case PROC_LISTENERS:
		return status == 0 && listeners_of(snapshot, 0) == 2 * CONNECTIONS;
	case NODE:
	case NODE_LISTENERS:
		return status == 0 && is_node_right(reader == NODE);
	case HANDSHAKES_READ:
		return status == 0 && (counted->more || inbound(&counted_at)->opened == counted_opened);
	case SAMPLE:
		/* A poll that failed in passing is counted as such. */
		return status == SYNOPTIC_SAMPLER_ASKED && sums->polls == 1 &&
		       (sums->failed_polls == 1 ? sums->error != 0 && sums->rows.count == 0
						: sums->rows.count == 2 * CONNECTIONS);
	default:
		return status == 1 && recv(received_at, message, sizeof(message), MSG_DONTWAIT) ==
					      (ssize_t)strlen(MESSAGE);
	}
}

/* Of what is an error: it has no counts that could be taken for some. */
static bool is_empty(void)
{
	const struct synoptic_snapshot *of =
		reader == NODE || reader == NODE_LISTENERS ? node : snapshot;

	if (reader == HANDSHAKES_READ)
		return counted->keys.count == 0 && counted->counts.count == 0;
	if (reader == SAMPLE || reader == NOTIFY)
		return true;
	for (int i = 0; i < SYNOPTIC_TABLES; i++)
		if (of->table[i].count)
			return false;
	return of->scanned_sockets == 0;
}

static void describe(int status)
{
	fprintf(stderr, "reading %u, reader %d: status %d\n", readings, reader, status);
	for (int i = 0; i < fault_count; i++)
		fprintf(stderr, "  call %d, %s, %u to %u%s%s\n", faults[i].call,
			strerrorname_np(faults[i].error), faults[i].first, faults[i].last,
			faults[i].cut ? ", cut" : "", faults[i].hit ? ", hit" : "");
}

/* With the faults as they are. */
static void play(void)
{
	int before = open_descriptors(), status;
	int64_t began = milliseconds();
	bool right;

	memset(seen, 0, sizeof(seen));
	memset(buffer, 0xa5, sizeof(struct synoptic_snapshot));
	jumped = 0;
	mapped = 0;
	armed = true;
	status = read_once();
	armed = false;
	right = (status < 0 ? is_empty() : is_right(status)) && mapped == 0 &&
		open_descriptors() == before && milliseconds() - began < timeout_ms + SLACK_MS;
	if (!right)
		describe(status);
	CHECK(right);
	readings++;
	failed += status < 0;
	for (int i = 0; i < fault_count; i++)
		injected += faults[i].hit;
}

/*
 * Not what would be no fault: an ENOENT is how netlink says that there is no IPv6, and how the map of
 * handshakes says that it ends.
 */
static struct fault fault_of(enum call call, int error)
{
	bool no_fault = error == ENOENT && (call == SEND || call == RECVMSG || call == SYSCALL);
	uint32_t first = 1 + draw(draw(2) ? 3 : 12), storm = draw(4) ? 0 : draw(40);

	return (struct fault){
		.call = call, .error = no_fault ? EIO : error, .first = first, .last = first + storm,
		.cut = (call == READ || call == RECVMSG) && draw(3) == 0,
	};
}

/* What is there to be read: connections in a namespace of the test's own, one of which was counted. */
static void prepare(void)
{
	static bool prepared;
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	char variable[64];
	int listener, client;

	if (prepared)
		return;
	counting_start();
	make_place(1024);
	for (int i = 0; i < CONNECTIONS - 1; i++) {
		connect_loopback(AF_INET);
		connect_loopback(AF_INET6);
	}
	connect_loopback(AF_INET6);
	counted_at = ipv4_address(INADDR_LOOPBACK, 0);
	listener = listen_at(&counted_at, 8);
	client = connect_to(&counted_at);
	reset_on_close(client);
	accept_from(listener);
	CHECK_EQUAL(0, read_handshakes());
	/* It may have been missed; a row of zeroes would be no proof. */
	counted_opened = inbound(&counted_at)->opened;
	if (counted_opened != 1)
		SKIP("a transition was missed");
	snprintf(variable, sizeof(variable), "@synoptic-faults-%d", (int)getpid());
	memcpy(name.sun_path + 1, variable + 1, strlen(variable) - 1);
	received_at = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK_EQUAL(0, bind(received_at, (struct sockaddr *)&name,
			    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(variable))));
	setenv("NOTIFY_SOCKET", variable, 1);
	prepared = true;
}

TEST(without_a_fault_every_reader_is_right)
{
	prepare();
	fault_count = 0;
	for (int i = 0; i < READERS; i++) {
		reader = (enum reader)i;
		play();
	}
	CHECK_EQUAL(READERS, readings);
	CHECK_EQUAL(0, failed);
}

TEST(each_call_of_each_reader_that_fails_in_each_way_makes_an_error_or_nothing_at_all)
{
	size_t step = test_is_long() ? 1 : 13;

	prepare();
	timeout_ms = SHORT_MS;
	for (size_t i = 0; i < (size_t)READERS * CALLS * ERRORS; i += step) {
		reader = (enum reader)(i % READERS);
		faults[0] = fault_of((enum call)(i / READERS % CALLS), errors[i / READERS / CALLS]);
		fault_count = 1;
		play();
	}
}

TEST(several_faults_at_once_make_an_error_or_nothing_at_all)
{
	uint32_t most = test_is_long() ? FAULTS_LONG : FAULTS;

	prepare();
	timeout_ms = SHORT_MS;
	while (injected < most) {
		reader = (enum reader)draw(READERS);
		fault_count = 1 + (int)draw(AT_ONCE);
		for (int i = 0; i < fault_count; i++)
			faults[i] = fault_of((enum call)draw(CALLS), errors[draw(ERRORS)]);
		play();
	}
	printf("test_faults: %u faults in %u combinations of reader, calls, errors and occurrences, "
	       "%u of which failed\n", injected, readings, failed);
}

/* In a child that checks; a clock of the host's is `offset` seconds less. */
static int read_all_in_a_time_namespace(int64_t host, long offset)
{
	if (llabs(milliseconds() - host - offset * 1000) > 60000)
		return 2;
	if (setjmp(test_end))
		return 1;
	fault_count = 0;
	for (int i = 0; i < READERS; i++) {
		reader = (enum reader)i;
		play();
	}
	timeout_ms = SHORT_MS;
	reader = SOCK_DIAG;
	faults[0] = (struct fault){ .call = RECVMSG, .error = EINTR, .first = 1, .last = UINT32_MAX };
	fault_count = 1;
	play();
	return failed == 1 ? 0 : 3;
}

static void set_clock(long offset)
{
	char line[64];
	int fd, length = snprintf(line, sizeof(line), "monotonic %ld 0\n", offset);

	if (unshare(CLONE_NEWTIME) < 0)
		_exit(77);
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, line, (size_t)length) != length)
		_exit(78);
	close(fd);
}

TEST(a_clock_that_is_not_the_hosts_changes_nothing)
{
	static const long offsets[] = { 100000, -50 };

	prepare();
	timeout_ms = LONG_MS;
	for (int i = 0; i < 2; i++) {
		int64_t host = milliseconds();
		pid_t child = fork();
		int status;

		CHECK(child >= 0);
		if (child == 0) {
			pid_t inside;

			set_clock(offsets[i]);
			/* Its children are in it. */
			inside = fork();
			if (inside == 0) {
				failed = 0;
				_exit(read_all_in_a_time_namespace(host, offsets[i]));
			}
			waitpid(inside, &status, 0);
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 79);
		}
		CHECK_EQUAL(child, waitpid(child, &status, 0));
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			SKIP("no time namespace can be made here");
		CHECK_EQUAL(0, status);
	}
}

MAIN()
