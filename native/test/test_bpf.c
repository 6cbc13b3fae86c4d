/*
 * One scan of all namespaces says of each what a scan inside it says. SYNOPTIC_LONG=1 has a
 * hundred namespaces with sockets.
 */
#include "synoptic.h"

#include "pairs.h"
#include "places.h"
#include "timers.h"

#include <netinet/tcp.h>

static _Alignas(8) char inside_buffer[2 << 20];
static const struct synoptic_snapshot *inside = (const void *)inside_buffer;

static void check_same_counts(const uint64_t *expected, const uint64_t *actual, int count)
{
	for (int i = 0; i < count; i++)
		CHECK_EQUAL(expected[i], actual[i]);
}

static void check_listener(uint32_t netns_row, const struct synoptic_listener *expected)
{
	for (uint32_t i = 0; i < node->table[SYNOPTIC_LISTENERS].count; i++) {
		const struct synoptic_listener *row = table_row(node, SYNOPTIC_LISTENERS, i);

		if (row->netns_row != netns_row || row->inode != expected->inode)
			continue;
		CHECK_EQUAL(0, memcmp(expected->address, row->address, sizeof(row->address)));
		CHECK_EQUAL(expected->port, row->port);
		CHECK_EQUAL(expected->family, row->family);
		CHECK_EQUAL(expected->known | SYNOPTIC_KNOWN_SYN_QUEUE, row->known);
		CHECK_EQUAL(expected->ipv6only, row->ipv6only);
		CHECK_EQUAL(expected->accept_queue_length, row->accept_queue_length);
		CHECK_EQUAL(expected->accept_queue_limit, row->accept_queue_limit);
		CHECK_EQUAL(expected->drops, row->drops);
		CHECK_EQUAL(expected->cgroup, row->cgroup);
		return;
	}
	CHECK(!"a listener is missing");
}

/* Those of a group have the group's connections with whichever came first. */
static void sum_listeners(const struct synoptic_snapshot *snapshot, uint32_t netns_row,
			  uint64_t sums[SYNOPTIC_STATES + 1])
{
	memset(sums, 0, (SYNOPTIC_STATES + 1) * sizeof(*sums));
	for (uint32_t i = 0; i < snapshot->table[SYNOPTIC_LISTENERS].count; i++) {
		const struct synoptic_listener *row = table_row(snapshot, SYNOPTIC_LISTENERS, i);

		if (row->netns_row != netns_row)
			continue;
		sums[SYNOPTIC_STATES]++;
		for (int state = 0; state < SYNOPTIC_STATES; state++)
			sums[state] += row->connections[state];
	}
}

static void check_owner(uint32_t netns_row, const struct synoptic_owner *expected)
{
	for (uint32_t i = 0; i < node->table[SYNOPTIC_OWNERS].count; i++) {
		const struct synoptic_owner *row = table_row(node, SYNOPTIC_OWNERS, i);

		if (row->netns_row != netns_row || row->cgroup != expected->cgroup)
			continue;
		for (int state = 0; state < SYNOPTIC_STATES; state++) {
			CHECK_EQUAL(expected->inbound[state], row->inbound[state]);
			CHECK_EQUAL(expected->outbound[state], row->outbound[state]);
		}
		CHECK_EQUAL(0, memcmp(&expected->inbound_queues, &row->inbound_queues,
				      sizeof(row->inbound_queues)));
		CHECK_EQUAL(0, memcmp(&expected->outbound_queues, &row->outbound_queues,
				      sizeof(row->outbound_queues)));
		return;
	}
	for (int state = 0; state < SYNOPTIC_STATES; state++)
		CHECK_EQUAL(0, expected->inbound[state] + expected->outbound[state]);
}

static uint64_t drops(const struct synoptic_snapshot *snapshot, uint32_t netns_row)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < snapshot->table[SYNOPTIC_LISTENERS].count; i++) {
		const struct synoptic_listener *row = table_row(snapshot, SYNOPTIC_LISTENERS, i);

		sum += row->netns_row == netns_row ? row->drops : 0;
	}
	return sum;
}

static void scan_inside(const struct place *place)
{
	go(place->fd);
	CHECK_EQUAL(0, synoptic_scan(SYNOPTIC_SOURCE_SOCK_DIAG, "/proc", NODE_TIMEOUT_MS,
				     inside_buffer, sizeof(inside_buffer), 100));
	go(home);
}

/* Both ways. Returns whether they agree on what changes by itself. */
static bool scan_place(const struct place *place)
{
	const struct synoptic_namespace *row;
	struct timers_seen expected, actual;

	node_scan();
	scan_inside(place);
	row = node_namespace(place->netns);
	CHECK(row);
	timers_of_row(inside, 0, &expected);
	timers_of_row(node, node_row(row), &actual);
	return memcmp(&expected, &actual, sizeof(expected)) == 0 &&
	       drops(node, node_row(row)) == drops(inside, 0) &&
	       memcmp(row->sockets, table_row(inside, SYNOPTIC_NAMESPACES, 0),
		      sizeof(row->sockets)) == 0;
}

static void check_place(const struct place *place)
{
	const struct synoptic_namespace *expected, *actual;
	uint64_t expected_sums[SYNOPTIC_STATES + 1], actual_sums[SYNOPTIC_STATES + 1];
	struct timers_seen expected_timers, actual_timers;
	uint32_t row;

	/* Between the two a TIME_WAIT may end, and a SYN be sent again and dropped. */
	for (int i = 0; i < 4 && !scan_place(place); i++)
		;
	timers_of_row(inside, 0, &expected_timers);
	timers_of_row(node, node_row(node_namespace(place->netns)), &actual_timers);
	CHECK_EQUAL(0, memcmp(&expected_timers, &actual_timers, sizeof(expected_timers)));
	expected = table_row(inside, SYNOPTIC_NAMESPACES, 0);
	actual = node_namespace(place->netns);
	row = node_row(actual);
	check_same_counts(expected->sockets[0], actual->sockets[0],
			  SYNOPTIC_FAMILIES * SYNOPTIC_STATES);
	check_same_counts(expected->outbound, actual->outbound, SYNOPTIC_STATES);
	CHECK_EQUAL(expected->receive_queue_bytes, actual->receive_queue_bytes);
	CHECK_EQUAL(expected->send_queue_bytes, actual->send_queue_bytes);
	/* Exact as long as there are few destinations on the whole host. */
	CHECK(expected->busiest_destination_ports <= actual->busiest_destination_ports);
	CHECK(expected->busiest_destination_ports + actual->busiest_destination_error >=
	      actual->busiest_destination_ports);
	for (uint32_t i = 0; i < inside->table[SYNOPTIC_LISTENERS].count; i++)
		check_listener(row, table_row(inside, SYNOPTIC_LISTENERS, i));
	sum_listeners(inside, 0, expected_sums);
	sum_listeners(node, row, actual_sums);
	check_same_counts(expected_sums, actual_sums, SYNOPTIC_STATES + 1);
	for (uint32_t i = 0; i < inside->table[SYNOPTIC_OWNERS].count; i++)
		check_owner(row, table_row(inside, SYNOPTIC_OWNERS, i));
}

static bool have_raw(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

TEST(of_each_namespace_it_says_what_a_scan_inside_says)
{
	int count = test_is_long() ? MOST_PLACES : 9;

	start();
	if (!have_raw())
		SKIP("sockets can not be brought into every state here (root can)");
	for (int i = 0; i < count; i++)
		make_filled_place(i, i % 3 == 2 ? 2048u << i % 4 : 0);
	for (int i = 0; i < count; i++)
		check_place(&places[i]);
	CHECK_EQUAL(0, node->unlisted_namespaces);
	CHECK_EQUAL(SYNOPTIC_SOURCE_BPF, node->source);
	start();
}

/* Until nothing is on its way between two sockets any more. */
static void wait_for_bytes(const struct place *place)
{
	const struct synoptic_namespace *row;
	uint64_t before = 0, now = 1;

	for (int i = 0; i < 200 && now != before; i++) {
		before = now;
		usleep(50000);
		scan_inside(place);
		row = table_row(inside, SYNOPTIC_NAMESPACES, 0);
		now = row->send_queue_bytes << 32 | row->receive_queue_bytes;
	}
	CHECK_EQUAL(before, now);
}

/* 1,000 bytes that nobody reads, with a FIN behind them or not, and more than fit to a peer that doesn't. */
TEST(bytes_that_wait_are_those_of_a_scan_inside)
{
	static char bytes[1000];
	struct pair pairs[3];
	const struct synoptic_namespace *row;
	int listener;

	start();
	make_place(0);
	listener = pairs_listen(AF_INET);
	for (int i = 0; i < 3; i++) {
		CHECK(pairs_open(listener, &pairs[i]));
		CHECK_EQUAL(1000, send(pairs[i].client, bytes, sizeof(bytes), 0));
	}
	CHECK_EQUAL(0, shutdown(pairs[1].client, SHUT_WR));
	while (send(pairs[2].client, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	go(home);
	wait_for_bytes(&places[0]);
	check_place(&places[0]);
	row = node_namespace(places[0].netns);
	CHECK(row->receive_queue_bytes > 3000);
	CHECK(row->send_queue_bytes > 1000);
	for (int i = 0; i < 3; i++)
		pairs_close(&pairs[i]);
	close(listener);
	start();
}

/* The same addresses and ports in each: they differ in their namespace alone. */
TEST(what_is_alike_in_many_namespaces_is_counted_in_each)
{
	char population[8][64] = { "ipv4:established=400", "ipv6:fin_wait2=100" };

	start();
	for (int i = 0; i < 20; i++) {
		make_place(0);
		fill(population);
		go(home);
	}
	node_scan();
	for (int i = 0; i < 20; i++) {
		const struct synoptic_namespace *row = node_namespace(places[i].netns);

		CHECK(row);
		CHECK_EQUAL(800, row->sockets[SYNOPTIC_IPV4][TCP_ESTABLISHED]);
		CHECK_EQUAL(100, row->sockets[SYNOPTIC_IPV6][TCP_FIN_WAIT2]);
		CHECK_EQUAL(100, row->sockets[SYNOPTIC_IPV6][TCP_CLOSE_WAIT]);
	}
	start();
}

TEST(a_namespace_without_a_socket_has_a_row_of_zeroes)
{
	static const struct synoptic_namespace nothing;
	const struct synoptic_namespace *row;

	start();
	make_place(0);
	node_scan();
	row = node_namespace(places[0].netns);
	CHECK(row);
	CHECK_EQUAL(0, memcmp(&nothing, row, offsetof(struct synoptic_namespace, netns)));
	start();
}

static void write_sysctl(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0);
	CHECK_EQUAL((ssize_t)strlen(value), write(fd, value, strlen(value)));
	close(fd);
}

TEST(a_namespace_s_limits_are_those_that_sysctl_says_inside_it)
{
	const struct synoptic_namespace *row;

	start();
	make_place(0);
	write_sysctl("ipv4/tcp_max_tw_buckets", "4321");
	write_sysctl("ipv4/tcp_syncookies", "2");
	write_sysctl("core/somaxconn", "777");
	write_sysctl("ipv4/tcp_max_syn_backlog", "555");
	write_sysctl("ipv4/tcp_tw_reuse", "1");
	write_sysctl("ipv4/ip_local_port_range", "20001 30130");
	write_sysctl("ipv4/ip_local_reserved_ports", "8080,19990-20010,25000,30130-40000");
	go(home);
	node_scan();
	row = node_namespace(places[0].netns);
	CHECK(row);
	CHECK_EQUAL(4321, row->time_wait_buckets_limit);
	CHECK_EQUAL(2, row->syncookies_mode);
	CHECK_EQUAL(777, row->somaxconn);
	CHECK_EQUAL(555, row->max_syn_backlog);
	CHECK_EQUAL(10130 - 10 - 1 - 1, row->ephemeral_ports_limit);
	CHECK_EQUAL(1, row->time_wait_reuse_mode);
	start();
}

TEST(without_timestamps_no_port_in_time_wait_is_taken_again)
{
	start();
	make_place(0);
	write_sysctl("ipv4/tcp_tw_reuse", "1");
	write_sysctl("ipv4/tcp_timestamps", "0");
	go(home);
	node_scan();
	CHECK_EQUAL(0, node_namespace(places[0].netns)->time_wait_reuse_mode);
	start();
}

TEST(a_namespace_is_named_by_its_cookie_and_by_its_first_process)
{
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);
	int fd;
	pid_t first;

	start();
	make_place(0);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_EQUAL(0, getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length));
	close(fd);
	first = children_fork();
	for (int i = 0; i < 2 && first != 0; i++)
		if (children_fork() == 0)
			first = 0;
	if (first == 0)
		for (;;)
			pause();
	go(home);
	node_scan();
	CHECK(node_namespace(places[0].netns));
	CHECK_EQUAL(cookie, node_namespace(places[0].netns)->cookie);
	CHECK_EQUAL((uint32_t)first, node_namespace(places[0].netns)->pid);
	children_end();
	node_scan();
	CHECK_EQUAL(0, node_namespace(places[0].netns)->pid);
	start();
}

TEST(namespaces_that_have_no_row_are_counted_and_not_merged)
{
	const struct synoptic_namespace *first;
	uint64_t sockets = 0;

	start();
	make_filled_place(1, 0);
	make_filled_place(2, 512);
	CHECK_EQUAL(0, synoptic_scan_node(node_descriptors.program, node_descriptors.records,
					  NODE_TIMEOUT_MS, node_buffer, sizeof(node_buffer), 100, 1));
	CHECK_EQUAL(1, node->table[SYNOPTIC_NAMESPACES].count);
	CHECK(node->unlisted_namespaces >= 2);
	first = table_row(node, SYNOPTIC_NAMESPACES, 0);
	for (int state = 0; state < SYNOPTIC_STATES; state++)
		sockets += first->sockets[SYNOPTIC_IPV4][state] +
			   first->sockets[SYNOPTIC_IPV6][state];
	CHECK_EQUAL(sockets, node->scanned_sockets);
	start();
}

TEST(a_scan_of_listeners_alone_has_them_and_their_namespaces)
{
	const struct synoptic_listener *row;
	bool found = false;

	start();
	make_filled_place(3, 0);
	CHECK_EQUAL(0, synoptic_scan_node_listeners(node_descriptors.program,
						    node_descriptors.records, NODE_TIMEOUT_MS,
						    node_buffer, sizeof(node_buffer),
						    NODE_NAMESPACES));
	CHECK(node_namespace(places[0].netns));
	for (uint32_t i = 0; i < node->table[SYNOPTIC_LISTENERS].count; i++) {
		row = table_row(node, SYNOPTIC_LISTENERS, i);
		found |= row->netns_row == node_row(node_namespace(places[0].netns)) &&
			 row->accept_queue_length > 0;
	}
	CHECK(found);
	CHECK_EQUAL(0, node->table[SYNOPTIC_OWNERS].count);
	start();
}

MAIN()
