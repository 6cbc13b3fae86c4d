/* Handshakes over a wire that takes its time and loses segments: how long they take, and how often. */
#include "synoptic.h"

#include "counting.h"
#include "wire.h"

/* At once, and one after the other. */
#define AT_ONCE 20
#define ROUNDS 5

static struct sockaddr_in6 server_address;

/* The client's end is place 0, the server's place 1. Leaves the process in that of the client. */
static int start_wire(uint64_t delay_ms)
{
	int listener;

	counting_start();
	wire_start(delay_ms * 1000000);
	go(places[1].fd);
	server_address = ipv4_address(WIRE_ADDRESS(1), 0);
	listener = listen_at(&server_address, 128);
	go(places[0].fd);
	return listener;
}

static void end(int listener)
{
	close(listener);
	start();
}

static const struct synoptic_handshake_counts *inbound_there(void)
{
	const struct synoptic_handshake_counts *row;

	go(places[1].fd);
	row = inbound(&server_address);
	go(places[0].fd);
	return row;
}

/* What a handshake has taken at an end: not less, and not more. */
struct limits {
	uint64_t least, most;
};

/* Of all handshakes, at the client and at the server. */
static struct limits at_client[AT_ONCE * ROUNDS], at_server[AT_ONCE * ROUNDS];
static int handshakes;

static void close_all(const int fds[AT_ONCE])
{
	for (int i = 0; i < AT_ONCE; i++)
		close(fds[i]);
}

/* The kernel measures from after the client has called connect(2), and in microseconds. */
static void add_limits(int client, uint64_t called)
{
	struct sockaddr_in own;
	socklen_t size = sizeof(own);
	struct wire_times *times;

	CHECK_EQUAL(0, getsockname(client, (void *)&own, &size));
	times = &wire->times[ntohs(own.sin_port)];
	at_client[handshakes] = (struct limits){ times->syn_ack_begun - times->syn_heard,
						 times->syn_ack_done - called };
	at_server[handshakes] = (struct limits){ times->ack_begun - times->syn_ack_heard,
						 times->ack_done - times->syn_begun };
	memset(times, 0, sizeof(*times));
	handshakes++;
}

static void open_and_close(int listener)
{
	int clients[AT_ONCE], servers[AT_ONCE];

	for (int i = 0; i < AT_ONCE; i++)
		clients[i] = start_to(&server_address);
	for (int i = 0; i < AT_ONCE; i++)
		servers[i] = accept_from(listener);
	for (int i = 0; i < AT_ONCE; i++) {
		CHECK_EQUAL(0, end_of(clients[i]));
		reset_on_close(clients[i]);
	}
	close_all(clients);
	close_all(servers);
}

static void measure(int listener)
{
	int clients[AT_ONCE], servers[AT_ONCE];
	uint64_t called[AT_ONCE];

	for (int i = 0; i < AT_ONCE; i++) {
		called[i] = wire_now();
		clients[i] = start_to(&server_address);
	}
	for (int i = 0; i < AT_ONCE; i++)
		servers[i] = accept_from(listener);
	/* The wire has written down when it was done with the last ACK. */
	usleep(10000);
	for (int i = 0; i < AT_ONCE; i++) {
		CHECK_EQUAL(0, end_of(clients[i]));
		add_limits(clients[i], called[i]);
		reset_on_close(clients[i]);
	}
	close_all(clients);
	close_all(servers);
}

/* Above each bound are as many as have to be, and not more than can be. */
static void check_limits(const struct synoptic_handshake_counts *row, const struct limits *limits)
{
	uint64_t above = (uint64_t)handshakes;

	for (int cell = 0; cell < SYNOPTIC_DURATION_CELLS; cell++) {
		double bound = counted->bounds[cell] * 1e9, slack = 2000;
		uint64_t least = 0, most = 0;

		above -= row->durations[cell];
		for (int i = 0; i < handshakes; i++) {
			least += (double)limits[i].least > bound + slack;
			most += (double)limits[i].most > bound - slack;
		}
		CHECK(above >= least);
		CHECK(above <= most);
	}
}

static void check_sum(const struct synoptic_handshake_counts *row, const struct limits *limits)
{
	uint64_t least = 0, most = 0, slack = 2 * (uint64_t)handshakes;

	for (int i = 0; i < handshakes; i++) {
		least += limits[i].least / 1000;
		most += limits[i].most / 1000;
	}
	CHECK(row->duration_microseconds + slack >= least);
	CHECK(row->duration_microseconds <= most + slack);
}

static void check_durations(uint64_t delay_ms)
{
	int listener = start_wire(delay_ms);
	const struct synoptic_handshake_counts *there;

	handshakes = 0;
	for (int round = 0; round < ROUNDS; round++)
		measure(listener);
	counting_read();
	there = inbound_there();
	CHECK_EQUAL(AT_ONCE * ROUNDS, sum_of_durations(outbound()));
	CHECK_EQUAL(AT_ONCE * ROUNDS, sum_of_durations(there));
	check_limits(outbound(), at_client);
	check_limits(there, at_server);
	check_sum(outbound(), at_client);
	check_sum(there, at_server);
	end(listener);
}

TEST(handshakes_of_2_milliseconds_are_counted_where_the_wire_has_seen_them)
{
	check_durations(1);
}

TEST(handshakes_of_40_milliseconds_are_counted_where_the_wire_has_seen_them)
{
	check_durations(20);
}

TEST(handshakes_of_400_milliseconds_are_counted_where_the_wire_has_seen_them)
{
	check_durations(200);
}

/* Between repeats are 1, 2, 4 ... seconds, or with tcp_syn_linear_timeouts one each. */
TEST(handshakes_are_counted_by_how_often_the_syn_was_repeated)
{
	int listener, most = test_is_long() ? 5 : 2;

	for (int repeats = 1; repeats <= most; repeats++) {
		listener = start_wire(1);
		wire->lost_syns = (uint32_t)repeats;
		open_and_close(listener);
		counting_read();
		CHECK_EQUAL(AT_ONCE, outbound()->opened);
		CHECK_EQUAL(AT_ONCE, outbound()->repeated[repeats - 1]);
		CHECK_EQUAL(AT_ONCE, sum_of_repeated(outbound()));
		CHECK_EQUAL(0, sum_of_durations(outbound()));
		CHECK_EQUAL(0, inbound_there()->syn_acks_repeated);
		CHECK_EQUAL(AT_ONCE, sum_of_durations(inbound_there()));
		end(listener);
	}
}

/* Each end repeats after a second: by its own timer, and the server also for a repeated SYN. */
TEST(handshakes_whose_syn_ack_was_repeated_have_no_duration)
{
	int listener = start_wire(1);
	uint64_t heard = 0;

	wire->lost_syn_acks = 1;
	open_and_close(listener);
	counting_read();
	for (int port = 0; port < 65536; port++)
		heard += wire->times[port].syn_acks;
	CHECK_EQUAL(AT_ONCE, inbound_there()->opened);
	CHECK_EQUAL(AT_ONCE, sum_of_repeated(inbound_there()));
	CHECK_EQUAL(0, sum_of_durations(inbound_there()));
	CHECK_EQUAL(heard - AT_ONCE, inbound_there()->syn_acks_repeated);
	end(listener);
}

TEST(connections_to_a_host_that_can_not_be_reached)
{
	int listener = start_wire(0), clients[AT_ONCE];

	wire->unreachable = 1;
	for (int i = 0; i < AT_ONCE; i++)
		clients[i] = start_to(&server_address);
	wait_for_ends(NULL, 0, AT_ONCE);
	for (int i = 0; i < AT_ONCE; i++)
		CHECK_EQUAL(EHOSTUNREACH, end_of(clients[i]));
	close_all(clients);
	CHECK_EQUAL(AT_ONCE, outbound()->failed[SYNOPTIC_FAILED_UNREACHABLE]);
	CHECK_EQUAL(AT_ONCE, sum_of_failed(outbound()));
	end(listener);
}

static int start_from(const struct sockaddr_in6 *from, const struct sockaddr_in6 *to)
{
	int fd = open_socket(from, SOCK_NONBLOCK);

	CHECK_EQUAL(0, bind(fd, (const void *)from, sizeof(*from)));
	CHECK_EQUAL(-1, connect(fd, (const void *)to, sizeof(*to)));
	CHECK_EQUAL(EINPROGRESS, errno);
	return fd;
}

/* Of each end's row. */
static void check_crossed(void)
{
	wait_for_ends(NULL, 0, AT_ONCE);
	CHECK_EQUAL(AT_ONCE, outbound()->opened);
	CHECK_EQUAL(AT_ONCE, outbound()->closed[SYNOPTIC_CLOSED_BY_BOTH][SYNOPTIC_CLOSED_FIN]);
	CHECK_EQUAL(AT_ONCE, sum_of_closed(outbound()));
	CHECK_EQUAL(0, sum_of_failed(outbound()));
}

/* Their SYNs cross, and so do their FINs. */
TEST(connections_that_both_ends_open_and_close_at_once_are_outbound_at_both)
{
	int listener = start_wire(200), ends[2][AT_ONCE];

	for (int i = 0; i < AT_ONCE; i++) {
		struct sockaddr_in6 one = ipv4_address(WIRE_ADDRESS(0), (uint16_t)(20000 + i));
		struct sockaddr_in6 other = ipv4_address(WIRE_ADDRESS(1), (uint16_t)(30000 + i));

		ends[0][i] = start_from(&one, &other);
		go(places[1].fd);
		ends[1][i] = start_from(&other, &one);
		go(places[0].fd);
	}
	for (int i = 0; i < AT_ONCE; i++)
		for (int j = 0; j < 2; j++)
			CHECK_EQUAL(0, end_of(ends[j][i]));
	usleep(300000);
	for (int i = 0; i < AT_ONCE; i++)
		for (int j = 0; j < 2; j++)
			close(ends[j][i]);
	check_crossed();
	go(places[1].fd);
	check_crossed();
	end(listener);
}

/* The program gives up meanwhile; the other end gets a RST, and waits for a lost SYN-ACK. */
TEST(connections_that_fail_after_the_syns_have_crossed)
{
	struct sockaddr_in6 one = ipv4_address(WIRE_ADDRESS(0), 20000);
	struct sockaddr_in6 other = ipv4_address(WIRE_ADDRESS(1), 30000);
	int listener = start_wire(200), ends[2];

	wire->lost_syn_acks = 1;
	ends[0] = start_from(&one, &other);
	go(places[1].fd);
	ends[1] = start_from(&other, &one);
	go(places[0].fd);
	usleep(250000);
	reset_on_close(ends[1]);
	close(ends[1]);
	wait_for_ends(NULL, 0, 1);
	CHECK_EQUAL(ECONNRESET, end_of(ends[0]));
	close(ends[0]);
	CHECK_EQUAL(1, outbound()->failed[SYNOPTIC_FAILED_RESET]);
	CHECK_EQUAL(1, sum_of_failed(outbound()));
	CHECK_EQUAL(0, outbound()->opened);
	go(places[1].fd);
	CHECK_EQUAL(1, outbound()->failed[SYNOPTIC_FAILED_ABORTED]);
	CHECK_EQUAL(1, sum_of_failed(outbound()));
	end(listener);
}

MAIN()
