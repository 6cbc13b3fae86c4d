/* pairs.h - connections over the loopback, both ends, held open by children. */
#ifndef PAIRS_H
#define PAIRS_H

#include "children.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* A pair is two descriptors, and a process may have 20,000 on a usual machine. */
#define PAIRS_A_HOLDER 8000

struct pair {
	int client, server;
};

static inline int pairs_listen(int family)
{
	struct sockaddr_in ipv4 = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int status = family == AF_INET ? bind(fd, (struct sockaddr *)&ipv4, sizeof(ipv4))
				       : bind(fd, (struct sockaddr *)&ipv6, sizeof(ipv6));

	return status < 0 || listen(fd, 128) < 0 ? -1 : fd;
}

/* Both ends reset when they close, so that no pair leaves a TIME_WAIT behind. */
static inline bool pairs_open(int listener, struct pair *pair)
{
	struct linger reset = { .l_onoff = 1 };
	struct sockaddr_in6 address;
	socklen_t size = sizeof(address);

	if (getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		return false;
	pair->client = socket(address.sin6_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(pair->client, (struct sockaddr *)&address, size) < 0)
		return false;
	pair->server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return setsockopt(pair->client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0 &&
	       setsockopt(pair->server, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0;
}

static inline void pairs_close(const struct pair *pair)
{
	close(pair->client);
	close(pair->server);
}

static inline bool pairs_open_many(int family, uint32_t count, bool half_closed)
{
	int listener = pairs_listen(family);
	struct pair pair;

	if (listener < 0)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!pairs_open(listener, &pair) ||
		    (half_closed && shutdown(pair.client, SHUT_WR) < 0))
			return false;
	close(listener);
	return true;
}

static inline void pairs_hold_some(int family, uint32_t count, bool half_closed)
{
	int ready[2];
	char done;

	CHECK_EQUAL(0, pipe(ready));
	if (children_fork() == 0) {
		close(ready[0]);
		if (!pairs_open_many(family, count, half_closed) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	CHECK_EQUAL(1, read(ready[0], &done, 1));
	close(ready[0]);
}

/*
 * Leaves `count` pairs open until children_end(): two ESTABLISHED sockets each, or, half
 * closed, a FIN_WAIT2 (or, for some 40 ms, a FIN_WAIT1) and a CLOSE_WAIT.
 */
static inline void pairs_hold(int family, uint32_t count, bool half_closed)
{
	struct rlimit limit;

	CHECK_EQUAL(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	CHECK_EQUAL(0, setrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_max < 2 * PAIRS_A_HOLDER + 100)
		SKIP("too few descriptors a process");
	while (count > 0) {
		uint32_t some = count < PAIRS_A_HOLDER ? count : PAIRS_A_HOLDER;

		pairs_hold_some(family, some, half_closed);
		count -= some;
	}
}

#endif
