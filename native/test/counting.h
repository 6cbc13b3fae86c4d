/* counting.h - connections of a test's own, and what was counted of them. */
#ifndef COUNTING_H
#define COUNTING_H

#include "places.h"

#include "handshakes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define COUNTING_ROWS SYNOPTIC_HANDSHAKES_MOST
#define COUNTING_BYTES \
	(sizeof(struct synoptic_handshakes) + \
	 COUNTING_ROWS * (sizeof(struct synoptic_handshake_key) + \
			  sizeof(struct synoptic_handshake_counts)))

static struct loaded_handshakes counting;
static uint64_t counting_missed;
static uint64_t counting_idle = SYNOPTIC_HANDSHAKES_IDLE_S * 1000000000ULL;
static _Alignas(8) char counting_buffer[COUNTING_BYTES];
static const struct synoptic_handshakes *counted = (const void *)counting_buffer;

/* A program's node_loader: with what counts handshakes. */
static inline int counting_load(struct loaded *loaded, struct load_failure *failure)
{
	int status = load_handshakes_within(counting_idle, COUNTING_ROWS, &counting, failure);

	return status ? status : load_with(&counting, loaded, failure);
}

static inline void counting_read_once(void)
{
	const int descriptors[3] = { counting.map, counting.events, counting.forget };

	CHECK_EQUAL(0, handshakes_read(descriptors, "/proc", counting_idle, counting_buffer,
				       sizeof(counting_buffer)));
	CHECK_EQUAL(0, counted->more);
	CHECK(counted->missed_events != UINT64_MAX);
}

/* One that is missed may be the test's, or any of the host's: a slow processor misses more. */
static inline void counting_read(void)
{
	counting_read_once();
	if (counted->missed_events != counting_missed)
		SKIP("a transition was missed");
}

static inline void counting_start(void)
{
	node_loader = counting_load;
	start();
	counting_read_once();
	counting_missed = counted->missed_events;
}

static inline const struct synoptic_handshake_key *counting_key(uint32_t row)
{
	return (const void *)(counting_buffer + counted->keys.offset + row * counted->keys.stride);
}

static inline const struct synoptic_handshake_counts *counting_counts(uint32_t row)
{
	return (const void *)(counting_buffer + counted->counts.offset +
			      row * counted->counts.stride);
}

/* Of the namespace that the process is in. */
static inline uint64_t netns_cookie(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(uint64_t);
	uint64_t cookie = 0;

	CHECK_EQUAL(0, getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size));
	close(fd);
	return cookie;
}

static const struct synoptic_handshake_counts no_counts;

/* All zeroes if there is no such row. */
static inline const struct synoptic_handshake_counts *
row_of(const struct synoptic_handshake_key *key)
{
	for (uint32_t i = 0; i < counted->keys.count; i++)
		if (memcmp(counting_key(i), key, sizeof(*key)) == 0)
			return counting_counts(i);
	return &no_counts;
}

/* Of the listeners that `address` is one of, in the namespace that the process is in. */
static inline const struct synoptic_handshake_counts *inbound(const struct sockaddr_in6 *address)
{
	const struct sockaddr_in *ipv4 = (const void *)address;
	struct synoptic_handshake_key key = {
		.netns_cookie = netns_cookie(), .port = ntohs(address->sin6_port),
		.family = SYNOPTIC_IPV6,
	};

	if (address->sin6_family == AF_INET) {
		key.family = SYNOPTIC_IPV4;
		memcpy(key.address, &ipv4->sin_addr, 4);
	} else if (IN6_IS_ADDR_V4MAPPED(&address->sin6_addr)) {
		key.family = SYNOPTIC_IPV4;
		memcpy(key.address, address->sin6_addr.s6_addr + 12, 4);
	} else {
		memcpy(key.address, &address->sin6_addr, 16);
	}
	return row_of(&key);
}

/* Of all cgroups, of which a test's namespace has one. */
static inline const struct synoptic_handshake_counts *outbound(void)
{
	const struct synoptic_handshake_counts *found = &no_counts;
	uint64_t cookie = netns_cookie();
	int rows = 0;

	for (uint32_t i = 0; i < counted->keys.count; i++)
		if (counting_key(i)->netns_cookie == cookie &&
		    counting_key(i)->direction == SYNOPTIC_OUTBOUND) {
			found = counting_counts(i);
			rows++;
		}
	CHECK(rows <= 1);
	return found;
}

static inline const struct synoptic_handshake_counts *rest(enum synoptic_direction direction)
{
	const struct synoptic_handshake_key key = { .direction = direction };

	return row_of(&key);
}

static inline uint64_t sum_of_durations(const struct synoptic_handshake_counts *row)
{
	uint64_t sum = 0;

	for (int i = 0; i < SYNOPTIC_DURATION_CELLS; i++)
		sum += row->durations[i];
	return sum;
}

static inline uint64_t sum_of_repeated(const struct synoptic_handshake_counts *row)
{
	uint64_t sum = 0;

	for (int i = 0; i < SYNOPTIC_REPEATS; i++)
		sum += row->repeated[i];
	return sum;
}

static inline uint64_t sum_of_closed(const struct synoptic_handshake_counts *row)
{
	uint64_t sum = 0;

	for (int by = 0; by < SYNOPTIC_CLOSED_BY; by++)
		for (int how = 0; how < SYNOPTIC_CLOSED_HOW; how++)
			sum += row->closed[by][how];
	return sum;
}

static inline uint64_t sum_of_failed(const struct synoptic_handshake_counts *row)
{
	uint64_t sum = 0;

	for (int i = 0; i < SYNOPTIC_FAILURES; i++)
		sum += row->failed[i];
	return sum;
}

/* Reads until so many connections of the outbound row, and of the listener's, have closed or failed. */
static inline void wait_for_ends(const struct sockaddr_in6 *address, uint64_t in, uint64_t out)
{
	for (int i = 0; i < 5000; i++) {
		counting_read();
		if ((!address || sum_of_closed(inbound(address)) >= in) &&
		    sum_of_closed(outbound()) + sum_of_failed(outbound()) >= out)
			return;
		usleep(2000);
	}
	CHECK(!"they end");
}

static inline struct sockaddr_in6 ipv4_address(uint32_t address, uint16_t port)
{
	struct sockaddr_in6 made = { .sin6_family = AF_UNSPEC };
	struct sockaddr_in *ipv4 = (void *)&made;

	*ipv4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(address) };
	return made;
}

static inline struct sockaddr_in6 ipv6_address(struct in6_addr address, uint16_t port)
{
	return (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_addr = address,
				      .sin6_port = htons(port) };
}

/* Sets the port that is chosen. Sockets that share an address and port share its connections. */
static inline int listen_as(struct sockaddr_in6 *address, int backlog, bool shared)
{
	int fd = socket(address->sin6_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	socklen_t size = sizeof(*address);

	CHECK(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (shared)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	CHECK_EQUAL(0, bind(fd, (struct sockaddr *)address, size));
	CHECK_EQUAL(0, listen(fd, backlog));
	CHECK_EQUAL(0, getsockname(fd, (struct sockaddr *)address, &size));
	return fd;
}

static inline int listen_at(struct sockaddr_in6 *address, int backlog)
{
	return listen_as(address, backlog, false);
}

static inline int open_socket(const struct sockaddr_in6 *address, int flags)
{
	int fd = socket(address->sin6_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	CHECK(fd >= 0);
	return fd;
}

static inline int connect_to(const struct sockaddr_in6 *address)
{
	int fd = open_socket(address, 0);

	CHECK_EQUAL(0, connect(fd, (const struct sockaddr *)address, sizeof(*address)));
	return fd;
}

/* Without waiting for an answer. */
static inline int start_to(const struct sockaddr_in6 *address)
{
	int fd = open_socket(address, SOCK_NONBLOCK);

	CHECK_EQUAL(-1, connect(fd, (const struct sockaddr *)address, sizeof(*address)));
	CHECK_EQUAL(EINPROGRESS, errno);
	return fd;
}

/* Waits for the end of connect(2): 0 or the errno. */
static inline int end_of(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int error = -1;

	CHECK_EQUAL(1, poll(&polled, 1, 30000));
	CHECK_EQUAL(0, getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size));
	return error;
}

static inline int accept_from(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	CHECK(fd >= 0);
	return fd;
}

static inline void reset_on_close(int fd)
{
	struct linger reset = { .l_onoff = 1 };

	CHECK_EQUAL(0, setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)));
}

static inline void lose_all(int fd)
{
	struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_fprog program = { .len = 1, .filter = nothing };

	CHECK_EQUAL(0, setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
}

static inline void lose_none(int fd)
{
	int ignored = 0;

	CHECK_EQUAL(0, setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof(ignored)));
}

/* Waits for the other end's FIN or RST. */
static inline void read_to_end(int fd)
{
	char bytes[64];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

static inline void set_sysctl(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0);
	CHECK_EQUAL(strlen(value), write(fd, value, strlen(value)));
	close(fd);
}

#endif
