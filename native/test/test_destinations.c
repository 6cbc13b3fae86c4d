/* How many local ports are in use towards which destination. */
#include "start_tally.h"
#include "test.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>

#define MOST_OTHERS 200000

static struct synoptic_snapshot snapshot;
static struct synoptic_namespace namespace;
static struct tally tally;
static const struct synoptic_destination *rows;

static void start(void)
{
	start_tally(&tally, &snapshot, &namespace);
	rows = destinations.rows;
}

static uint32_t end(void)
{
	return destinations_end(&destinations, &namespace, 1);
}

static void add(uint8_t state, uint16_t port, const char *own, const char *peer,
		uint16_t peer_port)
{
	struct tally_socket socket = { .state = state, .port = port, .peer_port = peer_port };
	uint32_t words[2][4];

	if (inet_pton(AF_INET, own, words[0]) == 1) {
		CHECK_EQUAL(1, inet_pton(AF_INET, peer, words[1]));
		tally_set_ipv4(&socket, words[0], words[1]);
	} else {
		CHECK_EQUAL(1, inet_pton(AF_INET6, own, words[0]));
		CHECK_EQUAL(1, inet_pton(AF_INET6, peer, words[1]));
		tally_set_ipv6(&socket, words[0], words[1]);
	}
	tally_add(&tally, &socket);
}

/* A socket towards the destination of this number. */
static void add_towards(uint32_t number)
{
	uint32_t own[1] = { htonl(0x0a000001) }, peer[1] = { htonl(0x0b000000 + number) };
	struct tally_socket socket = { .state = TCP_ESTABLISHED, .port = 40000, .peer_port = 443 };

	tally_set_ipv4(&socket, own, peer);
	tally_add(&tally, &socket);
}

static uint32_t number_of(const struct synoptic_destination *row)
{
	uint32_t address;

	memcpy(&address, row->destination, sizeof(address));
	return ntohl(address) - 0x0b000000;
}

TEST(addresses_and_the_peers_port_make_a_destination_and_the_own_port_does_not)
{
	start();
	add(TCP_ESTABLISHED, 1000, "10.0.0.1", "11.0.0.1", 443);
	add(TCP_ESTABLISHED, 1001, "10.0.0.1", "11.0.0.1", 443);
	add(TCP_TIME_WAIT, 1002, "10.0.0.1", "11.0.0.1", 443);
	add(TCP_SYN_SENT, 1003, "::ffff:10.0.0.1", "::ffff:11.0.0.1", 443);
	add(TCP_ESTABLISHED, 1000, "10.0.0.1", "11.0.0.1", 444);
	add(TCP_ESTABLISHED, 1000, "10.0.0.1", "11.0.0.2", 443);
	add(TCP_ESTABLISHED, 1000, "10.0.0.2", "11.0.0.1", 443);
	add(TCP_ESTABLISHED, 1000, "a00:1::", "b00:1::", 443); /* the first one's bytes */
	add(TCP_ESTABLISHED, 1000, "2001:db8::1", "2001:db8::2", 443);
	add(TCP_ESTABLISHED, 1001, "2001:db8::1", "2001:db8::2", 443);
	add(TCP_ESTABLISHED, 1000, "2001:db8::1", "2001:db8::3", 443);
	CHECK_EQUAL(7, end());
	CHECK_EQUAL(4, rows[0].ports);
	CHECK_EQUAL(443, rows[0].port);
	CHECK_EQUAL(SYNOPTIC_IPV4, rows[0].family);
	CHECK_EQUAL(0, memcmp(rows[0].source, (uint8_t[16]){ 10, 0, 0, 1 }, 16));
	CHECK_EQUAL(0, memcmp(rows[0].destination, (uint8_t[16]){ 11, 0, 0, 1 }, 16));
	CHECK_EQUAL(2, rows[1].ports);
	CHECK_EQUAL(SYNOPTIC_IPV6, rows[1].family);
	CHECK_EQUAL(2, rows[1].destination[15]);
	for (int i = 2; i < 7; i++)
		CHECK_EQUAL(1, rows[i].ports);
	CHECK_EQUAL(4, namespace.busiest_destination_ports);
	CHECK_EQUAL(0, namespace.busiest_destination_error);
}

TEST(a_listener_and_what_belongs_to_one_use_no_port_up)
{
	start();
	add(TCP_LISTEN, 80, "0.0.0.0", "0.0.0.0", 0);
	add(TCP_ESTABLISHED, 80, "10.0.0.1", "11.0.0.1", 1000);
	add(TCP_TIME_WAIT, 80, "10.0.0.1", "11.0.0.1", 1001);
	add(TCP_SYN_RECV, 81, "10.0.0.1", "11.0.0.1", 1002);
	CHECK_EQUAL(0, end());
	CHECK_EQUAL(0, namespace.busiest_destination_ports);
	CHECK_EQUAL(0, namespace.busiest_destination_error);
}

static void check_held(uint32_t by_none, uint32_t by_all, uint32_t by_loopback)
{
	CHECK_EQUAL(by_none, namespace.busiest_destination_ports);
	CHECK_EQUAL(by_none, namespace.busiest_destination_held[0]);
	CHECK_EQUAL(by_all, namespace.busiest_destination_held[1]);
	CHECK_EQUAL(by_loopback, namespace.busiest_destination_held[2]);
}

TEST(a_port_in_time_wait_is_held_unless_tcp_tw_reuse_gives_it_out)
{
	start();
	add(TCP_ESTABLISHED, 1000, "10.0.0.1", "11.0.0.1", 443);
	add(TCP_TIME_WAIT, 1001, "10.0.0.1", "11.0.0.1", 443);
	add(TCP_TIME_WAIT, 1002, "10.0.0.1", "11.0.0.1", 443);
	CHECK_EQUAL(1, end());
	CHECK_EQUAL(2, rows[0].time_wait);
	check_held(3, 1, 3);
}

TEST(one_of_loopback_is_given_out_by_default)
{
	start();
	add(TCP_TIME_WAIT, 1001, "127.0.0.1", "127.0.0.1", 80);
	add(TCP_TIME_WAIT, 1002, "127.0.0.1", "127.0.0.1", 80);
	add(TCP_TIME_WAIT, 1000, "::1", "::1", 80);
	end();
	check_held(2, 0, 0);
}

TEST(the_destination_that_holds_most_ports_may_be_another_one_than_the_busiest)
{
	start();
	for (uint16_t port = 1; port <= 5; port++)
		add(TCP_TIME_WAIT, port, "127.0.0.1", "127.0.0.1", 80);
	for (uint16_t port = 1; port <= 3; port++)
		add(TCP_ESTABLISHED, port, "2001:db8::1", "2001:db8::2", 443);
	add(TCP_TIME_WAIT, 4, "2001:db8::1", "2001:db8::2", 443);
	end();
	check_held(5, 3, 4);
}

TEST(a_repeated_socket_uses_one_port)
{
	struct tally_socket socket = { .state = TCP_ESTABLISHED, .key = 1 };

	start();
	tally_add(&tally, &socket);
	tally_add(&tally, &socket);
	CHECK_EQUAL(1, end());
	CHECK_EQUAL(1, rows[0].ports);
}

TEST(as_many_destinations_as_there_are_rows_are_counted_exactly)
{
	start();
	for (uint32_t ports = 1; ports <= 20; ports++)
		for (uint32_t number = 0; number < DESTINATIONS_COUNTED; number++)
			if (ports <= number % 20 + 1)
				add_towards(number);
	for (uint32_t i = 0; i < destinations.count; i++) {
		CHECK_EQUAL(number_of(&rows[i]) % 20 + 1, rows[i].ports);
		CHECK_EQUAL(0, rows[i].error);
	}
	CHECK_EQUAL(DESTINATIONS_COUNTED, destinations.count);
	CHECK_EQUAL(SYNOPTIC_DESTINATIONS_MOST, end());
	CHECK_EQUAL(20, namespace.busiest_destination_ports);
	CHECK_EQUAL(0, namespace.busiest_destination_error);
}

TEST(the_busiest_come_first)
{
	start();
	for (uint32_t ports = 1; ports <= 40; ports++)
		for (uint32_t number = 0; number < 40; number++)
			if (ports <= (number * 7) % 40 + 1)
				add_towards(number);
	CHECK_EQUAL(SYNOPTIC_DESTINATIONS_MOST, end());
	for (uint32_t i = 0; i < SYNOPTIC_DESTINATIONS_MOST; i++)
		CHECK_EQUAL(40 - i, rows[i].ports);
}

/* Ports that were added, by the number of the destination, and which are listed. */
static uint32_t truth[MOST_OTHERS + 1], added;
static bool listed[MOST_OTHERS + 1];

static void start_with_truth(void)
{
	start();
	memset(truth, 0, sizeof(truth));
	memset(listed, 0, sizeof(listed));
	added = 0;
}

static void add_and_remember(uint32_t number)
{
	add_towards(number);
	truth[number]++;
	added++;
}

/* Everything that the header promises. */
static void check_bounds(void)
{
	uint32_t shown = end(), busiest = 0, bound = added / (DESTINATIONS_COUNTED + 1);

	for (uint32_t i = 0; i < shown; i++) {
		uint32_t really = truth[number_of(&rows[i])];

		CHECK(rows[i].ports >= really);
		CHECK(rows[i].ports - rows[i].error <= really);
		CHECK(rows[i].error <= bound);
		CHECK(i == 0 || rows[i].ports <= rows[i - 1].ports);
		listed[number_of(&rows[i])] = true;
	}
	for (uint32_t number = 0; number <= MOST_OTHERS; number++) {
		if (shown > 0 && !listed[number])
			CHECK(truth[number] <= rows[shown - 1].ports);
		busiest = truth[number] > busiest ? truth[number] : busiest;
	}
	CHECK(busiest <= namespace.busiest_destination_ports);
	CHECK(busiest >= namespace.busiest_destination_ports - namespace.busiest_destination_error);
	CHECK(namespace.busiest_destination_error <= bound);
}

TEST(a_busy_destination_is_found_among_a_hundred_thousand_others)
{
	uint64_t state = 1;

	start_with_truth();
	for (uint32_t i = 0; i < 105000; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		add_and_remember((state >> 33) % 21 == 0 ? 0 : i + 1);
	}
	CHECK(truth[0] > 4000);
	check_bounds();
	CHECK_EQUAL(0, number_of(&rows[0]));
}

TEST(no_order_of_sockets_exceeds_the_error_bound)
{
	/* All different. */
	start_with_truth();
	for (uint32_t i = 0; i < MOST_OTHERS; i++)
		add_and_remember(i);
	check_bounds();
	CHECK(destinations.forgotten > 0);

	/* The busy one first, when there is room, or last, when all rows are taken. */
	for (int first = 0; first < 2; first++) {
		start_with_truth();
		for (uint32_t i = 0; i < 1000 && first; i++)
			add_and_remember(0);
		for (uint32_t i = 1; i < MOST_OTHERS; i++)
			add_and_remember(i);
		for (uint32_t i = 0; i < 1000 && !first; i++)
			add_and_remember(0);
		check_bounds();
		CHECK_EQUAL(0, number_of(&rows[0]));
	}

	/* One destination more than there are rows, in turn: each is forgotten by the next. */
	start_with_truth();
	for (uint32_t i = 0; i < 100 * (DESTINATIONS_COUNTED + 1); i++)
		add_and_remember(i % (DESTINATIONS_COUNTED + 1));
	check_bounds();

	/* Every row busy, so that one is free only after many have been forgotten. */
	start_with_truth();
	for (uint32_t i = 0; i < 50 * DESTINATIONS_COUNTED; i++)
		add_and_remember(i % DESTINATIONS_COUNTED);
	for (uint32_t i = 0; i < 100000; i++)
		add_and_remember(DESTINATIONS_COUNTED + i);
	check_bounds();
}

TEST(when_each_one_is_forgotten_the_busiest_is_still_bounded)
{
	start_with_truth();
	for (uint32_t i = 0; i <= DESTINATIONS_COUNTED; i++)
		add_and_remember(i);
	check_bounds();
	CHECK_EQUAL(0, destinations.count);
	CHECK_EQUAL(1, namespace.busiest_destination_ports);
	CHECK_EQUAL(1, namespace.busiest_destination_error);
}

MAIN()
