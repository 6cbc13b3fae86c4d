/* A listener with IPV6_V6ONLY takes no IPv4 connections, whichever source says so. */
#include "synoptic.h"

#include "namespace.h"
#include "node.h"

#include <netinet/tcp.h>

static _Alignas(8) char buffer[1 << 20];
static const struct synoptic_snapshot *snapshot = (const void *)buffer;

static int listen_on(int family, in_port_t port)
{
	struct sockaddr_in6 address = { .sin6_family = (sa_family_t)family, .sin6_port = port };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	CHECK(fd >= 0);
	if (family == AF_INET6)
		CHECK_EQUAL(0, setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)));
	CHECK_EQUAL(0, bind(fd, (struct sockaddr *)&address, sizeof(address)));
	CHECK_EQUAL(0, listen(fd, 8));
	return fd;
}

/* An IPv4 connection of a listener that is closed by now, on the port of an IPv6 one that isn't. */
struct left {
	int client, server, ipv6;
	uint16_t port;
};

static void leave_connection(struct left *left)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int listener = listen_on(AF_INET, 0);

	CHECK_EQUAL(0, getsockname(listener, (struct sockaddr *)&address, &size));
	left->ipv6 = listen_on(AF_INET6, address.sin_port);
	left->port = ntohs(address.sin_port);
	left->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_EQUAL(0, connect(left->client, (struct sockaddr *)&address, size));
	left->server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	CHECK(left->server >= 0);
	close(listener);
}

static void close_left(const struct left *left)
{
	close(left->client);
	close(left->server);
	close(left->ipv6);
}

static const void *first_row(enum synoptic_table_number table)
{
	CHECK(snapshot->table[table].count > 0);
	return buffer + snapshot->table[table].offset;
}

TEST(sock_diag_gives_it_no_ipv4_connection)
{
	const struct synoptic_listener *row;
	const struct synoptic_namespace *namespace;
	struct left left;

	need_sock_diag();
	enter_namespace();
	leave_connection(&left);
	CHECK_EQUAL(0, synoptic_scan(SYNOPTIC_SOURCE_SOCK_DIAG, "/proc", 20000, buffer,
				     sizeof(buffer), 0));
	row = first_row(SYNOPTIC_LISTENERS);
	namespace = first_row(SYNOPTIC_NAMESPACES);
	CHECK_EQUAL(left.port, row->port);
	CHECK_EQUAL(1, row->ipv6only);
	CHECK_EQUAL(0, row->connections[TCP_ESTABLISHED]);
	CHECK_EQUAL(2, namespace->outbound[TCP_ESTABLISHED]);
	close_left(&left);
}

TEST(bpf_gives_it_no_ipv4_connection)
{
	const struct synoptic_namespace *namespace;
	const struct synoptic_listener *row = NULL;
	struct left left;

	need_sock_diag();
	enter_namespace();
	node_load();
	leave_connection(&left);
	node_scan();
	namespace = node_namespace(netns_number(netns_open()));
	CHECK(namespace);
	for (uint32_t i = 0; i < node->table[SYNOPTIC_LISTENERS].count; i++) {
		const struct synoptic_listener *any = table_row(node, SYNOPTIC_LISTENERS, i);

		if (any->netns_row == node_row(namespace))
			row = any;
	}
	CHECK(row);
	CHECK_EQUAL(left.port, row->port);
	CHECK_EQUAL(1, row->ipv6only);
	CHECK_EQUAL(0, row->connections[TCP_ESTABLISHED]);
	CHECK_EQUAL(2, namespace->outbound[TCP_ESTABLISHED]);
	close_left(&left);
}

MAIN()
