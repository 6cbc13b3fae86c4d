/* Folding sockets into counts. */
#include "tally.h"
#include "start_tally.h"
#include "test.h"

#include <netinet/tcp.h>

static struct synoptic_snapshot snapshot;
static struct synoptic_namespace namespace;
static struct tally tally;

static void start(void)
{
	start_tally(&tally, &snapshot, &namespace);
}

static void add(uint8_t state, uint64_t key)
{
	struct tally_socket socket = {
		.family = SYNOPTIC_IPV6, .state = state, .key = key,
		.receive_queue = 3, .send_queue = 5,
	};

	tally_add(&tally, &socket);
}

TEST(a_socket_counts_once_in_its_family_and_state)
{
	start();
	add(TCP_CLOSE_WAIT, 1);
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV6][TCP_CLOSE_WAIT]);
	CHECK_EQUAL(0, namespace.sockets[SYNOPTIC_IPV4][TCP_CLOSE_WAIT]);
	CHECK_EQUAL(1, snapshot.scanned_sockets);
}

TEST(queues_add_up_in_bytes)
{
	start();
	add(TCP_ESTABLISHED, 1);
	add(TCP_FIN_WAIT2, 2);
	CHECK_EQUAL(6, namespace.receive_queue_bytes);
	CHECK_EQUAL(10, namespace.send_queue_bytes);
}

/* Each of these sockets says 3 and 5, of which a FIN or a SYN is 1. */
TEST(a_syn_or_fin_in_a_queue_is_no_byte)
{
	static const struct {
		uint8_t state;
		int receive, send;
	} expected[] = {
		{ TCP_ESTABLISHED, 3, 5 }, { TCP_FIN_WAIT2, 3, 5 },
		{ TCP_SYN_SENT, 3, 4 }, { TCP_FIN_WAIT1, 3, 4 },
		{ TCP_CLOSE_WAIT, 2, 5 }, { TCP_LAST_ACK, 2, 4 }, { TCP_CLOSING, 2, 4 },
	};

	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		start();
		add(expected[i].state, 1);
		CHECK_EQUAL(expected[i].receive, namespace.receive_queue_bytes);
		CHECK_EQUAL(expected[i].send, namespace.send_queue_bytes);
	}
}

TEST(a_queue_that_has_been_read_to_its_end_is_empty)
{
	struct tally_socket socket = {
		.family = SYNOPTIC_IPV4, .state = TCP_CLOSE_WAIT, .key = 1,
	};

	start();
	tally_add(&tally, &socket);
	CHECK_EQUAL(0, namespace.receive_queue_bytes);
}

TEST(an_accept_queue_is_no_bytes)
{
	start();
	add(TCP_LISTEN, 1);
	CHECK_EQUAL(0, namespace.receive_queue_bytes);
	CHECK_EQUAL(0, namespace.send_queue_bytes);
}

static void add_timer(uint8_t state, uint8_t timer, uint8_t repeats, bool closed)
{
	struct tally_socket socket = {
		.family = SYNOPTIC_IPV4, .state = state, .timer = timer, .repeats = repeats,
		.closed = closed, .known = SYNOPTIC_KNOWN_TIMERS | SYNOPTIC_KNOWN_ORPHANS,
	};

	tally_add(&tally, &socket);
}

TEST(a_segment_that_was_not_repeated_yet_is_no_retransmission)
{
	start();
	add_timer(TCP_ESTABLISHED, TALLY_TIMER_RETRANSMIT, 0, false);
	add_timer(TCP_SYN_SENT, TALLY_TIMER_RETRANSMIT, 0, false);
	CHECK_EQUAL(0, namespace.outbound_timers.retransmitting);
	CHECK_EQUAL(0, namespace.outbound_timers.repeated_syn);
	add_timer(TCP_ESTABLISHED, TALLY_TIMER_RETRANSMIT, 1, false);
	add_timer(TCP_LAST_ACK, TALLY_TIMER_RETRANSMIT, 255, true);
	CHECK_EQUAL(2, namespace.outbound_timers.retransmitting);
}

TEST(a_repeat_before_the_handshake_ends_is_of_a_syn_and_no_other)
{
	start();
	add_timer(TCP_SYN_SENT, TALLY_TIMER_RETRANSMIT, 1, false);
	add_timer(TCP_SYN_RECV, TALLY_TIMER_RETRANSMIT, 2, true);
	CHECK_EQUAL(2, namespace.outbound_timers.repeated_syn);
	CHECK_EQUAL(0, namespace.outbound_timers.retransmitting);
}

/* idiag_retrans counts these then. */
TEST(a_probe_is_no_retransmission)
{
	start();
	add_timer(TCP_ESTABLISHED, TALLY_TIMER_PROBE, 5, false);
	add_timer(TCP_ESTABLISHED, TALLY_TIMER_KEEPALIVE, 5, false);
	CHECK_EQUAL(0, namespace.outbound_timers.retransmitting);
	CHECK_EQUAL(1, namespace.outbound_timers.zero_window);
	CHECK_EQUAL(1, namespace.outbound_timers.keepalive);
}

TEST(an_orphan_is_a_full_socket_that_nobody_has_open_in_a_state_of_its_own_close)
{
	static const struct {
		uint8_t state, timer;
		bool closed;
		uint32_t orphans;
	} expected[] = {
		{ TCP_FIN_WAIT1, TALLY_TIMER_RETRANSMIT, true, 1 },
		{ TCP_FIN_WAIT1, TALLY_TIMER_RETRANSMIT, false, 0 },
		{ TCP_FIN_WAIT2, TALLY_TIMER_KEEPALIVE, true, 1 },
		{ TCP_FIN_WAIT2, TALLY_TIMER_TIME_WAIT, true, 0 },
		{ TCP_LAST_ACK, TALLY_TIMER_NONE, true, 1 },
		{ TCP_CLOSING, TALLY_TIMER_PROBE, true, 1 },
		{ TCP_ESTABLISHED, TALLY_TIMER_NONE, true, 0 },
		{ TCP_CLOSE_WAIT, TALLY_TIMER_NONE, true, 0 },
		{ TCP_TIME_WAIT, TALLY_TIMER_TIME_WAIT, true, 0 },
		{ TCP_SYN_RECV, TALLY_TIMER_RETRANSMIT, true, 0 },
	};

	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		start();
		add_timer(expected[i].state, expected[i].timer, 1, expected[i].closed);
		CHECK_EQUAL(expected[i].orphans, namespace.orphans);
		CHECK_EQUAL(0, namespace.outbound_timers.keepalive);
	}
}

TEST(timers_are_known_if_they_are_of_every_connection)
{
	start();
	add_timer(TCP_ESTABLISHED, TALLY_TIMER_NONE, 0, false);
	add_timer(TCP_FIN_WAIT1, TALLY_TIMER_RETRANSMIT, 0, true);
	CHECK_EQUAL(SYNOPTIC_KNOWN_TIMERS | SYNOPTIC_KNOWN_ORPHANS | SYNOPTIC_KNOWN_AGES,
		    tally.known);
	add(TCP_LISTEN, 1);
	CHECK_EQUAL(SYNOPTIC_KNOWN_TIMERS | SYNOPTIC_KNOWN_ORPHANS | SYNOPTIC_KNOWN_AGES,
		    tally.known);
	add(TCP_ESTABLISHED, 2);
	CHECK_EQUAL(SYNOPTIC_KNOWN_ORPHANS | SYNOPTIC_KNOWN_AGES, tally.known);
	add(TCP_CLOSING, 3);
	CHECK_EQUAL(SYNOPTIC_KNOWN_AGES, tally.known);
	add(TCP_CLOSE_WAIT, 4);
	CHECK_EQUAL(0, tally.known);
}

static struct tally_socket aged(uint64_t key, uint32_t age)
{
	return (struct tally_socket){
		.family = SYNOPTIC_IPV4, .state = TCP_CLOSE_WAIT, .key = key, .age = age,
		.known = SYNOPTIC_KNOWN_TIMERS | SYNOPTIC_KNOWN_AGES,
	};
}

TEST(connections_in_close_wait_are_counted_above_each_age)
{
	static const uint32_t ages[] = { 0, 60000, 60001, 600000, 600001, 3600000, 3600001, UINT32_MAX };
	const struct synoptic_close_wait *row = &namespace.outbound_close_wait;

	start();
	for (size_t i = 0; i < sizeof(ages) / sizeof(*ages); i++) {
		struct tally_socket socket = aged(0, ages[i]);

		CHECK(tally_add(&tally, &socket));
		CHECK_EQUAL(ages[i], row->oldest);
	}
	CHECK_EQUAL(6, row->over_one_minute);
	CHECK_EQUAL(4, row->over_ten_minutes);
	CHECK_EQUAL(2, row->over_one_hour);
	CHECK_EQUAL(0, memcmp(row, &owner_rows[0].outbound_close_wait, sizeof(*row)));
	CHECK(tally.known & SYNOPTIC_KNOWN_AGES);
}

TEST(in_another_state_a_connection_has_no_age)
{
	static const struct synoptic_close_wait none;
	struct tally_socket socket = aged(0, 70000);

	start();
	socket.state = TCP_LAST_ACK;
	CHECK(tally_add(&tally, &socket));
	tally_add_age(&tally, &socket);
	CHECK_EQUAL(0, memcmp(&none, &namespace.outbound_close_wait, sizeof(none)));
}

TEST(ages_that_come_later_count_each_socket_once_and_as_its_own)
{
	struct tally_socket socket = aged(5, 0);

	start();
	add(TCP_LISTEN, 1);
	socket.known = SYNOPTIC_KNOWN_TIMERS;
	CHECK(tally_add(&tally, &socket));
	CHECK(!tally_add(&tally, &socket));
	CHECK(!(tally.known & SYNOPTIC_KNOWN_AGES));
	tally_start_ages(&tally);
	socket = aged(5, 61000);
	tally_add_age(&tally, &socket);
	tally_add_age(&tally, &socket);
	CHECK_EQUAL(61000, listener_rows[0].close_wait.oldest);
	CHECK_EQUAL(1, listener_rows[0].close_wait.over_one_minute);
	CHECK_EQUAL(1, owner_rows[0].inbound_close_wait.over_one_minute);
	CHECK_EQUAL(0, namespace.outbound_close_wait.oldest);
	CHECK_EQUAL(2, snapshot.scanned_sockets);
	CHECK_EQUAL(1, listener_rows[0].connections[TCP_CLOSE_WAIT]);
	CHECK(tally.known & SYNOPTIC_KNOWN_AGES);
	socket.known = 0;
	socket.key = 6;
	tally_add_age(&tally, &socket);
	CHECK(!(tally.known & SYNOPTIC_KNOWN_AGES));
}

TEST(a_socket_named_again_within_512_is_a_duplicate)
{
	start();
	for (uint64_t key = 1; key <= TALLY_RECENT; key++)
		add(TCP_ESTABLISHED, key);
	for (uint64_t key = 1; key <= TALLY_RECENT; key++)
		add(TCP_ESTABLISHED, key);
	CHECK_EQUAL(TALLY_RECENT, snapshot.scanned_sockets);
	CHECK_EQUAL(TALLY_RECENT, snapshot.duplicate_sockets);
	CHECK_EQUAL(TALLY_RECENT, namespace.sockets[SYNOPTIC_IPV6][TCP_ESTABLISHED]);
}

TEST(the_ring_forgets_the_oldest_first)
{
	start();
	for (uint64_t key = 1; key <= TALLY_RECENT + 1; key++)
		add(TCP_ESTABLISHED, key);
	add(TCP_ESTABLISHED, 2);
	CHECK_EQUAL(1, snapshot.duplicate_sockets);
	add(TCP_ESTABLISHED, 1);
	CHECK_EQUAL(1, snapshot.duplicate_sockets);
}

TEST(a_connection_that_changes_state_under_the_walk_counts_once)
{
	start();
	add(TCP_SYN_RECV, 7);
	add(TCP_ESTABLISHED, 7);
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV6][TCP_SYN_RECV]);
	CHECK_EQUAL(0, namespace.sockets[SYNOPTIC_IPV6][TCP_ESTABLISHED]);
}

/* The ring against the plain truth, with keys that repeat at every distance. */
TEST(the_ring_agrees_with_a_linear_search)
{
	static uint64_t keys[20000];
	uint64_t state = 1, duplicates = 0;
	size_t kept = 0;

	start();
	for (int i = 0; i < 20000; i++) {
		bool repeat = false;
		uint64_t key;

		state = state * 6364136223846793005u + 1442695040888963407u;
		key = 1 + (state >> 33) % 1500;
		for (size_t back = 1; back <= TALLY_RECENT && back <= kept; back++)
			repeat |= keys[kept - back] == key;
		if (repeat)
			duplicates++;
		else
			keys[kept++] = key;
		add(TCP_ESTABLISHED, key);
	}
	CHECK_EQUAL(duplicates, snapshot.duplicate_sockets);
	CHECK_EQUAL(kept, snapshot.scanned_sockets);
	CHECK(duplicates > 1000 && kept > 1000);
}

TEST(sockets_without_a_cookie_are_never_duplicates)
{
	start();
	add(TCP_ESTABLISHED, 0);
	add(TCP_ESTABLISHED, 0);
	CHECK_EQUAL(2, snapshot.scanned_sockets);
}

MAIN()
