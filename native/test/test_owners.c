/* Which cgroup a connection belongs to. */
#include "start_tally.h"
#include "test.h"

#include <netinet/tcp.h>

#define PORT 80 /* listened on */

static struct synoptic_snapshot snapshot;
static struct synoptic_namespace namespace;
static struct tally tally;

static void add(uint8_t state, uint16_t port, uint64_t cgroup)
{
	struct tally_socket socket = {
		.family = SYNOPTIC_IPV4, .state = state, .port = port, .cgroup = cgroup,
	};

	tally_add(&tally, &socket);
}

static void start(void)
{
	start_tally(&tally, &snapshot, &namespace);
	add(TCP_LISTEN, PORT, 7);
}

static const struct synoptic_owner *owner(uint64_t cgroup)
{
	for (uint32_t i = 0; i < owners.count; i++)
		if (owner_rows[i].cgroup == cgroup)
			return &owner_rows[i];
	return NULL;
}

static uint64_t all_connections(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < owners.count; i++)
		for (int state = 0; state < SYNOPTIC_STATES; state++)
			sum += owner_rows[i].inbound[state] + owner_rows[i].outbound[state];
	return sum;
}

TEST(a_connection_counts_once_by_cgroup_direction_and_state)
{
	start();
	add(TCP_ESTABLISHED, PORT, 7);
	add(TCP_ESTABLISHED, PORT + 1, 7);
	add(TCP_CLOSE_WAIT, PORT + 2, 8);
	add(TCP_CLOSE_WAIT, PORT + 3, 8);
	add(TCP_SYN_SENT, PORT, 8);
	CHECK_EQUAL(1, owner(7)->inbound[TCP_ESTABLISHED]);
	CHECK_EQUAL(1, owner(7)->outbound[TCP_ESTABLISHED]);
	CHECK_EQUAL(2, owner(8)->outbound[TCP_CLOSE_WAIT]);
	CHECK_EQUAL(1, owner(8)->outbound[TCP_SYN_SENT]);
	CHECK_EQUAL(5, all_connections());
	CHECK_EQUAL(OWNERS_ALWAYS + 2, owners.count);
}

static void add_bytes(uint8_t state, uint16_t port, uint64_t cgroup, uint32_t received,
		      uint32_t sent)
{
	struct tally_socket socket = {
		.family = SYNOPTIC_IPV4, .state = state, .port = port, .cgroup = cgroup,
		.receive_queue = received, .send_queue = sent,
	};

	tally_add(&tally, &socket);
}

static void check_queues(const struct synoptic_queues *expected,
			 const struct synoptic_queues *actual)
{
	CHECK_EQUAL(expected->receive_bytes, actual->receive_bytes);
	CHECK_EQUAL(expected->send_bytes, actual->send_bytes);
	CHECK_EQUAL(expected->receive_connections, actual->receive_connections);
	CHECK_EQUAL(expected->send_connections, actual->send_connections);
}

TEST(an_owner_has_the_bytes_of_its_connections_and_how_many_have_any_by_direction)
{
	static const struct synoptic_queues none;

	start();
	add_bytes(TCP_ESTABLISHED, PORT, 7, 1000, 0);
	add_bytes(TCP_ESTABLISHED, PORT, 7, 1, 20);
	add_bytes(TCP_ESTABLISHED, PORT, 7, 0, 0);
	add_bytes(TCP_ESTABLISHED, PORT + 1, 7, 0, 5);
	add_bytes(TCP_LISTEN, PORT + 2, 8, 3, 128);
	add_bytes(TCP_ESTABLISHED, PORT + 2, 8, 0, 0);
	check_queues(&(struct synoptic_queues){ 1001, 20, 2, 1 }, &owner(7)->inbound_queues);
	check_queues(&(struct synoptic_queues){ 0, 5, 0, 1 }, &owner(7)->outbound_queues);
	check_queues(&none, &owner(8)->inbound_queues);
	check_queues(&none, &owner(8)->outbound_queues);
}

/* What a sequence number is used up for is no byte. */
TEST(a_connection_with_a_syn_or_fin_in_its_queue_alone_has_no_byte_there)
{
	static const struct synoptic_queues none;

	start();
	add_bytes(TCP_CLOSE_WAIT, PORT, 7, 1, 0);
	add_bytes(TCP_FIN_WAIT1, PORT, 7, 0, 1);
	add_bytes(TCP_SYN_SENT, PORT, 7, 0, 1);
	check_queues(&none, &owner(7)->inbound_queues);
	check_queues(&none, &owner(7)->outbound_queues);
}

TEST(a_listeners_row_has_its_cgroup_and_it_is_no_connection)
{
	start();
	CHECK_EQUAL(7, listener_rows[0].cgroup);
	CHECK_EQUAL(0, all_connections());
	CHECK_EQUAL(OWNERS_ALWAYS, owners.count);
}

TEST(a_connection_without_a_cgroup_has_an_unknown_owner)
{
	start();
	add(TCP_TIME_WAIT, PORT + 1, 0);
	add(TCP_ESTABLISHED, PORT, 9);
	add(TCP_SYN_RECV, PORT, 0);
	CHECK_EQUAL(SYNOPTIC_OWNER_UNKNOWN, owner_rows[0].cgroup);
	CHECK_EQUAL(1, owner_rows[0].outbound[TCP_TIME_WAIT]);
	CHECK_EQUAL(1, owner_rows[0].inbound[TCP_SYN_RECV]);
	CHECK_EQUAL(3, all_connections());
}

TEST(owners_without_a_row_are_counted_as_others_and_no_connection_is_lost)
{
	start();
	for (int round = 0; round < 3; round++)
		for (uint64_t cgroup = 0; cgroup <= OWNER_ROWS + 5; cgroup++)
			add(TCP_ESTABLISHED, round ? PORT : PORT + 1, cgroup);
	CHECK_EQUAL(OWNERS_ALWAYS + OWNER_ROWS, owners.count);
	CHECK_EQUAL(SYNOPTIC_OWNER_OTHER, owner_rows[1].cgroup);
	CHECK_EQUAL(10, owner_rows[1].inbound[TCP_ESTABLISHED]);
	CHECK_EQUAL(5, owner_rows[1].outbound[TCP_ESTABLISHED]);
	for (uint64_t cgroup = 0; cgroup <= OWNER_ROWS; cgroup++) {
		CHECK_EQUAL(2, owner(cgroup)->inbound[TCP_ESTABLISHED]);
		CHECK_EQUAL(1, owner(cgroup)->outbound[TCP_ESTABLISHED]);
	}
	CHECK_EQUAL(3 * (OWNER_ROWS + 6), all_connections());
}

TEST(with_room_for_no_owner_all_that_have_one_are_others)
{
	static struct synoptic_owner rows[OWNERS_ALWAYS];
	static hash_entry_t index[2];
	struct owners none;
	struct tally_socket socket = { .state = TCP_ESTABLISHED };

	CHECK_EQUAL(2, hash_entries(0));
	owners_start(&none, rows, 0, 1, index);
	for (socket.cgroup = 0; socket.cgroup < 5; socket.cgroup++)
		owners_count(&none, &socket, true);
	CHECK_EQUAL(OWNERS_ALWAYS, none.count);
	CHECK_EQUAL(1, rows[0].inbound[TCP_ESTABLISHED]);
	CHECK_EQUAL(4, rows[1].inbound[TCP_ESTABLISHED]);
}

/* Against the plain truth, with ids as a kernel gives them and in no order. */
TEST(the_index_agrees_with_a_plain_count)
{
	uint32_t truth[OWNER_ROWS] = { 0 };
	uint64_t state = 1;

	start();
	for (int i = 0; i < 20000; i++) {
		uint32_t number;

		state = state * 6364136223846793005u + 1442695040888963407u;
		number = (uint32_t)(state >> 33) % OWNER_ROWS;
		truth[number]++;
		add(TCP_ESTABLISHED, PORT, ((uint64_t)(number / 4) << 32) + number + 1);
	}
	for (uint32_t number = 0; number < OWNER_ROWS; number++)
		CHECK_EQUAL(truth[number], owner(((uint64_t)(number / 4) << 32) + number + 1)
						   ->inbound[TCP_ESTABLISHED]);
}

MAIN()
