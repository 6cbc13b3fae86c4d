/* namespace.h - sockets of the test's own, in a network namespace of its own. */
#ifndef NAMESPACE_H
#define NAMESPACE_H

#include "descriptors.h"
#include "own_table.h"
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Once for all tests of a program: nobody else's sockets are in the new namespace. Its
 * table is small, because every scan walks all of it.
 */
static inline void enter_namespace(void)
{
	static bool entered;

	if (!entered)
		own_table_enter(1024);
	entered = true;
}

struct connection {
	int listener, client, server;
};

static inline struct connection connect_loopback(int family)
{
	struct linger reset = { .l_onoff = 1 };
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in *ipv4 = (void *)&address;
	socklen_t size = sizeof(address);
	struct connection it;

	if (family == AF_INET)
		*ipv4 = (struct sockaddr_in){
			.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		};
	it.listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	it.client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(it.listener >= 0 && it.client >= 0);
	setsockopt(it.client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	CHECK_EQUAL(0, bind(it.listener, (struct sockaddr *)&address, size));
	CHECK_EQUAL(0, listen(it.listener, 8));
	CHECK_EQUAL(0, getsockname(it.listener, (struct sockaddr *)&address, &size));
	CHECK_EQUAL(0, connect(it.client, (struct sockaddr *)&address, size));
	it.server = accept(it.listener, NULL, NULL);
	CHECK(it.server >= 0);
	return it;
}

static inline void close_connection(struct connection it)
{
	close(it.client);
	close(it.server);
	close(it.listener);
}

/* So many of each family, once for all tests of a program that reads real dumps. */
static inline void open_connections(int each)
{
	static bool opened;

	need_sock_diag();
	enter_namespace();
	for (int i = 0; i < each && !opened; i++) {
		connect_loopback(AF_INET);
		connect_loopback(AF_INET6);
	}
	opened = true;
}

#endif
