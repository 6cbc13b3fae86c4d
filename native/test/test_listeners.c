/* Which listener a connection belongs to. */
#include "start_tally.h"
#include "test.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>

static struct synoptic_snapshot snapshot;
static struct synoptic_namespace namespace;
static struct tally tally;

static void start(void)
{
	start_tally(&tally, &snapshot, &namespace);
}

static void add_socket(uint8_t state, const char *address, uint16_t port, bool ipv6only)
{
	static uint64_t sockets;
	struct tally_socket socket = { .state = state, .port = port, .ipv6only = ipv6only };
	uint32_t words[4];
	static const uint32_t peer[4];

	socket.key = ++sockets;
	if (inet_pton(AF_INET, address, words) == 1) {
		tally_set_ipv4(&socket, words, peer);
	} else {
		CHECK_EQUAL(1, inet_pton(AF_INET6, address, words));
		tally_set_ipv6(&socket, words, peer);
	}
	tally_add(&tally, &socket);
}

static void add(uint8_t state, const char *address, uint16_t port)
{
	add_socket(state, address, port, false);
}

static uint32_t established(uint32_t row)
{
	return listener_rows[row].connections[TCP_ESTABLISHED];
}

TEST(a_connection_belongs_to_the_listener_of_its_address_and_port)
{
	start();
	add(TCP_LISTEN, "10.0.0.1", 80);
	add(TCP_LISTEN, "10.0.0.2", 80);
	add(TCP_LISTEN, "10.0.0.1", 81);
	add(TCP_ESTABLISHED, "10.0.0.2", 80);
	CHECK_EQUAL(0, established(0));
	CHECK_EQUAL(1, established(1));
	CHECK_EQUAL(0, established(2));
	CHECK_EQUAL(0, namespace.outbound[TCP_ESTABLISHED]);
}

TEST(the_wildcard_takes_what_no_address_takes)
{
	start();
	add(TCP_LISTEN, "0.0.0.0", 80);
	add(TCP_LISTEN, "10.0.0.1", 80);
	add(TCP_ESTABLISHED, "10.0.0.1", 80);
	add(TCP_ESTABLISHED, "10.0.0.2", 80);
	CHECK_EQUAL(1, established(0));
	CHECK_EQUAL(1, established(1));
}

TEST(a_dual_stack_listener_takes_ipv4_that_no_ipv4_listener_takes)
{
	start();
	add(TCP_LISTEN, "::", 80);
	add(TCP_LISTEN, "::", 81);
	add(TCP_LISTEN, "0.0.0.0", 81);
	add(TCP_ESTABLISHED, "::ffff:10.0.0.1", 80);
	add(TCP_ESTABLISHED, "10.0.0.1", 81);
	add(TCP_ESTABLISHED, "2001:db8::1", 81);
	CHECK_EQUAL(1, established(0));
	CHECK_EQUAL(1, established(1));
	CHECK_EQUAL(1, established(2));
	CHECK_EQUAL(SYNOPTIC_IPV6, listener_rows[0].family);
}

TEST(a_listener_with_ipv6_v6only_takes_no_ipv4)
{
	start();
	add_socket(TCP_LISTEN, "::", 80, true);
	add(TCP_ESTABLISHED, "10.0.0.1", 80);
	add(TCP_SYN_RECV, "::ffff:10.0.0.1", 80);
	add(TCP_ESTABLISHED, "2001:db8::1", 80);
	CHECK_EQUAL(1, established(0));
	CHECK_EQUAL(0, listener_rows[0].connections[TCP_SYN_RECV]);
	CHECK_EQUAL(1, namespace.outbound[TCP_ESTABLISHED]);
	CHECK_EQUAL(1, namespace.outbound[TCP_SYN_RECV]);
	CHECK_EQUAL(1, listener_rows[0].ipv6only);
}

/* SO_REUSEPORT lets both have the same address and port. */
TEST(of_a_group_with_both_kinds_the_dual_stack_one_takes_ipv4_whichever_came_first)
{
	for (int first = 0; first < 2; first++) {
		start();
		add_socket(TCP_LISTEN, "::", 80, first == 0);
		add_socket(TCP_LISTEN, "::", 80, first == 1);
		add(TCP_ESTABLISHED, "10.0.0.1", 80);
		add(TCP_ESTABLISHED, "2001:db8::1", 80);
		CHECK_EQUAL(2, established(0) + established(1));
		CHECK(established(first == 0 ? 1 : 0) >= 1);
		CHECK_EQUAL(0, namespace.outbound[TCP_ESTABLISHED]);
	}
}

TEST(an_ipv4_listener_takes_no_ipv6)
{
	start();
	add(TCP_LISTEN, "0.0.0.0", 80);
	add(TCP_ESTABLISHED, "2001:db8::1", 80);
	CHECK_EQUAL(0, established(0));
	CHECK_EQUAL(1, namespace.outbound[TCP_ESTABLISHED]);
}

TEST(request_sockets_are_their_listeners_syn_queue)
{
	start();
	add(TCP_LISTEN, "0.0.0.0", 80);
	add(TCP_SYN_RECV, "10.0.0.1", 80);
	add(TCP_SYN_RECV, "10.0.0.2", 80);
	CHECK_EQUAL(2, listener_rows[0].connections[TCP_SYN_RECV]);
}

TEST(who_sends_a_syn_is_outbound_even_from_a_listeners_port)
{
	start();
	add(TCP_LISTEN, "0.0.0.0", 80);
	add(TCP_SYN_SENT, "10.0.0.1", 80);
	CHECK_EQUAL(1, namespace.outbound[TCP_SYN_SENT]);
}

TEST(a_reuseport_group_has_its_connections_once)
{
	start();
	add(TCP_LISTEN, "0.0.0.0", 80);
	add(TCP_LISTEN, "0.0.0.0", 80);
	add(TCP_ESTABLISHED, "10.0.0.1", 80);
	CHECK_EQUAL(2, listeners.count);
	CHECK_EQUAL(1, established(0));
	CHECK_EQUAL(0, established(1));
}

TEST(a_full_table_still_separates_its_own_from_others)
{
	start();
	for (int i = 0; i < LISTENER_ROWS + 10; i++)
		add(TCP_LISTEN, "10.0.0.1", (uint16_t)(1000 + i));
	CHECK_EQUAL(LISTENER_ROWS, listeners.count);
	CHECK_EQUAL(10, snapshot.unlisted_listeners);
	for (int i = 0; i < LISTENER_ROWS + 10; i++)
		add(TCP_ESTABLISHED, "10.0.0.1", (uint16_t)(1000 + i));
	for (uint32_t row = 0; row < LISTENER_ROWS; row++)
		CHECK_EQUAL(1, established(row));
	CHECK_EQUAL(10, namespace.outbound[TCP_ESTABLISHED]);
}

MAIN()
