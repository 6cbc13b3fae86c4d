/* Which destination takes most local ports, from the real kernel. */
#include "namespace.h"
#include "pairs.h"
#include "synoptic.h"

#include <netinet/tcp.h>

#define TIMEOUT_MS 10000

static _Alignas(8) char buffer[1 << 18];

static const struct synoptic_snapshot *snapshot = (const void *)buffer;

static const struct synoptic_namespace *namespace_row(void)
{
	return (const void *)(buffer + snapshot->table[SYNOPTIC_NAMESPACES].offset);
}

static const struct synoptic_destination *destination(uint32_t number)
{
	const struct synoptic_table *table = &snapshot->table[SYNOPTIC_DESTINATIONS];

	CHECK(number < table->count);
	return (const void *)(buffer + table->offset + number * table->stride);
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in6 address;
	socklen_t size = sizeof(address);

	CHECK_EQUAL(0, getsockname(fd, (struct sockaddr *)&address, &size));
	return ntohs(address.sin6_port);
}

/* Both ends stay open, and the clients use up so many ports towards the listener. */
static int open_towards(int family, struct pair *pairs, int count)
{
	int listener = pairs_listen(family);

	CHECK(listener >= 0);
	for (int i = 0; i < count; i++)
		CHECK(pairs_open(listener, &pairs[i]));
	return listener;
}

TEST(the_busiest_destination_is_where_most_clients_are_connected_to)
{
	static const enum synoptic_source sources[] = {
		SYNOPTIC_SOURCE_SOCK_DIAG, SYNOPTIC_SOURCE_PROC,
	};
	static const uint8_t ipv4[16] = { 127, 0, 0, 1 }, ipv6[16] = { [15] = 1 };
	struct pair pairs[12];
	int listeners[2];

	need_sock_diag();
	enter_namespace();
	listeners[0] = open_towards(AF_INET, pairs, 5);
	listeners[1] = open_towards(AF_INET6, pairs + 5, 7);
	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(0, synoptic_scan(sources[i], "/proc", TIMEOUT_MS, buffer,
					     sizeof(buffer), 0));
		CHECK_EQUAL(2, snapshot->table[SYNOPTIC_DESTINATIONS].count);
		CHECK_EQUAL(7, destination(0)->ports);
		CHECK_EQUAL(port_of(listeners[1]), destination(0)->port);
		CHECK_EQUAL(SYNOPTIC_IPV6, destination(0)->family);
		CHECK_EQUAL(0, memcmp(destination(0)->source, ipv6, 16));
		CHECK_EQUAL(0, memcmp(destination(0)->destination, ipv6, 16));
		CHECK_EQUAL(5, destination(1)->ports);
		CHECK_EQUAL(port_of(listeners[0]), destination(1)->port);
		CHECK_EQUAL(SYNOPTIC_IPV4, destination(1)->family);
		CHECK_EQUAL(0, memcmp(destination(1)->source, ipv4, 16));
		CHECK_EQUAL(0, memcmp(destination(1)->destination, ipv4, 16));
		CHECK_EQUAL(7, namespace_row()->busiest_destination_ports);
		CHECK_EQUAL(0, namespace_row()->busiest_destination_error);
	}
	for (int i = 0; i < 12; i++)
		pairs_close(&pairs[i]);
	close(listeners[0]);
	close(listeners[1]);
}

TEST(time_wait_holds_its_port)
{
	struct linger wait = { .l_onoff = 0 };
	struct pair pairs[3];
	int listener;

	need_sock_diag();
	enter_namespace();
	listener = open_towards(AF_INET, pairs, 3);
	CHECK_EQUAL(0, setsockopt(pairs[0].client, SOL_SOCKET, SO_LINGER, &wait, sizeof(wait)));
	CHECK_EQUAL(0, shutdown(pairs[0].client, SHUT_WR));
	CHECK_EQUAL(0, shutdown(pairs[0].server, SHUT_WR));
	CHECK_EQUAL(0, close(pairs[0].client));
	CHECK_EQUAL(0, synoptic_scan(SYNOPTIC_SOURCE_SOCK_DIAG, "/proc", TIMEOUT_MS, buffer,
				     sizeof(buffer), 0));
	CHECK_EQUAL(1, namespace_row()->outbound[TCP_TIME_WAIT]);
	CHECK_EQUAL(3, namespace_row()->busiest_destination_ports);
	close(pairs[0].server);
	pairs_close(&pairs[1]);
	pairs_close(&pairs[2]);
	close(listener);
}

/* Both ends are outbound when nobody listens any more, each in a direction of its own. */
TEST(of_more_destinations_than_rows_the_busiest_are_listed)
{
	struct pair pairs[SYNOPTIC_DESTINATIONS_MOST];
	int listener;

	need_sock_diag();
	enter_namespace();
	listener = open_towards(AF_INET, pairs, SYNOPTIC_DESTINATIONS_MOST);
	close(listener);
	CHECK_EQUAL(0, synoptic_scan(SYNOPTIC_SOURCE_SOCK_DIAG, "/proc", TIMEOUT_MS, buffer,
				     sizeof(buffer), 0));
	CHECK_EQUAL(SYNOPTIC_DESTINATIONS_MOST, snapshot->table[SYNOPTIC_DESTINATIONS].count);
	CHECK_EQUAL(SYNOPTIC_DESTINATIONS_MOST, destination(0)->ports);
	CHECK_EQUAL(1, destination(1)->ports);
	for (int i = 0; i < SYNOPTIC_DESTINATIONS_MOST; i++)
		pairs_close(&pairs[i]);
}

MAIN()
