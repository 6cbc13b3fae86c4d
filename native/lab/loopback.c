/* loopback.c - sockets on the loopback interface. */
#define _GNU_SOURCE 1
#include "loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "failure.h"
#include "bounds.h"

#define PATIENCE_SECONDS 10

#define FIRST_PORT 1024u
#define PORTS (65536u - FIRST_PORT)

struct endpoint {
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} address;
	socklen_t size;
};

static const char *name(const struct place *place)
{
	static const char *const addresses[FAMILIES] = {
		[IPV4] = "127.0.0.1", [IPV6] = "[::1]", [MAPPED] = "[::ffff:127.0.0.1]",
	};

	return place->wildcard ? "[::]" : addresses[place->family];
}

static struct endpoint endpoint(const struct place *place)
{
	struct endpoint it;

	memset(&it, 0, sizeof(it));
	if (place->family == IPV4) {
		it.size = sizeof(it.address.ipv4);
		it.address.ipv4.sin_family = AF_INET;
		it.address.ipv4.sin_port = htons((uint16_t)place->port);
		it.address.ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return it;
	}
	it.size = sizeof(it.address.ipv6);
	it.address.ipv6.sin6_family = AF_INET6;
	it.address.ipv6.sin6_port = htons((uint16_t)place->port);
	if (!place->wildcard)
		inet_pton(AF_INET6, place->family == IPV6 ? "::1" : "::ffff:127.0.0.1",
			  &it.address.ipv6.sin6_addr);
	return it;
}

enum family loopback_listener_family(const struct place *place)
{
	return place->wildcard ? IPV6 : place->family;
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

static int open_socket(enum family family, int flags)
{
	const struct linger reset = { .l_onoff = 1 };
	int domain = family == IPV4 ? AF_INET : AF_INET6;
	int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd < 0)
		return failure_call("open an %s socket",
				    family == IPV4 ? "AF_INET" : "AF_INET6");
	/* net.ipv6.bindv6only may say otherwise. */
	if ((family == MAPPED && set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) < 0) ||
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) < 0) {
		int result = failure_call("set a socket's options");

		close(fd);
		return result;
	}
	return fd;
}

/* Tries the ports above the ephemeral range first, and that range last. */
static int bind_anywhere(int fd, const struct bounds *bounds, struct place *place)
{
	static unsigned tried;

	for (; tried < PORTS; tried++) {
		struct endpoint it;

		place->port = FIRST_PORT +
			      (bounds->last_ephemeral + 1 - FIRST_PORT + tried) % PORTS;
		it = endpoint(place);
		if (bind(fd, &it.address.any, it.size) == 0) {
			tried++;
			return 0;
		}
		if (errno != EADDRINUSE)
			return failure_call("bind to %s:%u", name(place), place->port);
	}
	return failure(EADDRINUSE, "bind to %s: no port is free; ask for fewer listeners",
		       name(place));
}

static int bind_to(int fd, const struct place *place)
{
	struct endpoint it = endpoint(place);

	if (bind(fd, &it.address.any, it.size) < 0)
		return failure_call("bind to %s:%u", name(place), place->port);
	return 0;
}

int loopback_claim(const struct bounds *bounds, struct place *place)
{
	int fd = open_socket(place->family, 0), result;

	if (fd < 0)
		return fd;
	result = place->port ? bind_to(fd, place) : bind_anywhere(fd, bounds, place);
	if (result < 0) {
		close(fd);
		return result;
	}
	return fd;
}

int loopback_share(int claimed)
{
	/* Only now, for two claims with SO_REUSEPORT would both get the port. */
	if (set(claimed, SOL_SOCKET, SO_REUSEPORT, 1) < 0)
		return failure_call("share a port");
	return 0;
}

int loopback_join(const struct place *place)
{
	int fd = open_socket(place->family, 0), result;

	if (fd < 0)
		return fd;
	result = loopback_share(fd);
	if (result == 0)
		result = bind_to(fd, place);
	if (result < 0) {
		close(fd);
		return result;
	}
	return fd;
}

int loopback_listen(int bound, unsigned backlog)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };

	if (setsockopt(bound, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    listen(bound, (int)backlog) < 0)
		return failure_call("listen");
	return 0;
}

static int connect_to(int fd, const struct place *to)
{
	struct endpoint it = endpoint(to);

	if (connect(fd, &it.address.any, it.size) == 0)
		return 0;
	/* What a blocking connect() says when SO_SNDTIMEO is over. */
	if (errno == EINPROGRESS)
		errno = ETIMEDOUT;
	return failure_call("connect to %s:%u", name(to), to->port);
}

int loopback_connect(enum family family, unsigned port)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	const struct place to = { .family = family, .port = port };
	int fd = open_socket(family, 0), result;

	if (fd < 0)
		return fd;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		result = failure_call("set a client's timeout");
	else
		result = connect_to(fd, &to);
	if (result < 0) {
		close(fd);
		return result;
	}
	return fd;
}

int loopback_connect_no_wait(enum family family, unsigned port, unsigned retries)
{
	const struct place to = { .family = family, .port = port };
	struct endpoint it = endpoint(&to);
	int fd = open_socket(family, SOCK_NONBLOCK), result;

	if (fd < 0)
		return fd;
	if (set(fd, IPPROTO_TCP, TCP_SYNCNT, (int)retries) < 0)
		result = failure_call("set a client's SYN retries");
	else if (connect(fd, &it.address.any, it.size) == 0 || errno == EINPROGRESS)
		return fd;
	else
		result = failure_call("connect to %s:%u", name(&to), port);
	close(fd);
	return result;
}

int loopback_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	/* What accept() says when SO_RCVTIMEO is over. */
	if (fd < 0 && errno == EAGAIN)
		errno = ETIMEDOUT;
	return fd < 0 ? failure_call("accept a connection") : fd;
}

int loopback_close_gently(int fd)
{
	const struct linger gentle = { .l_onoff = 0 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &gentle, sizeof(gentle)) < 0)
		return failure_call("let a socket linger");
	return 0;
}

bool loopback_look_again(uint64_t since)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	return nanosleep(&moment, NULL) == 0 && census_now() - since < PATIENCE_SECONDS * 1000;
}

int loopback_await(int fd, int state)
{
	uint64_t since = census_now();
	uint8_t now; /* tcpi_state; the kernel gives as much of tcp_info as is asked for */

	do {
		socklen_t size = sizeof(now);

		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &now, &size) < 0)
			return failure_call("read a socket's state");
		if (now == state)
			return 0;
	} while (loopback_look_again(since));
	return failure(ETIMEDOUT, "a socket stays %s instead of %s: does a firewall drop or "
		       "reset loopback segments?", census_states[now % CENSUS_STATES],
		       census_states[state]);
}

int loopback_await_queue(int listener, unsigned length)
{
	uint64_t since = census_now();
	struct tcp_info info;

	do {
		socklen_t size = sizeof(info);

		if (getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
			return failure_call("read an accept queue's length");
		/* A listener's sk_ack_backlog: tcp_get_info(), net/ipv4/tcp.c. */
		if (info.tcpi_unacked == length)
			return 0;
	} while (loopback_look_again(since));
	return failure(ETIMEDOUT, "an accept queue is %u long instead of %u: does somebody else "
		       "connect to it?", info.tcpi_unacked, length);
}
