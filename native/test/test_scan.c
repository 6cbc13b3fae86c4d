/* The real kernel, in a network namespace of the test's own. */
#include "namespace.h"
#include "synoptic.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#define TIMEOUT_MS 10000

static _Alignas(8) char buffer[1 << 18];

static const struct synoptic_snapshot *snapshot = (const void *)buffer;

static const struct synoptic_namespace *rows(void)
{
	return (const void *)(buffer + snapshot->table[SYNOPTIC_NAMESPACES].offset);
}

static const enum synoptic_source sources[] = {
	SYNOPTIC_SOURCE_SOCK_DIAG, SYNOPTIC_SOURCE_PROC,
};

static uint64_t count(enum synoptic_source source, enum synoptic_family family, int state)
{
	CHECK_EQUAL(0, synoptic_scan(source, "/proc", TIMEOUT_MS, buffer, sizeof(buffer), 0));
	CHECK_EQUAL(source, snapshot->source);
	CHECK_EQUAL(0, snapshot->fallback_error);
	return rows()->sockets[family][state];
}

/* Both sources must say the same. */
static uint64_t sockets(enum synoptic_family family, int state)
{
	uint64_t counts[2], scanned[2], bytes[2];

	for (int i = 0; i < 2; i++) {
		counts[i] = count(sources[i], family, state);
		scanned[i] = snapshot->scanned_sockets;
		bytes[i] = rows()->receive_queue_bytes;
	}
	CHECK_EQUAL(counts[0], counts[1]);
	CHECK_EQUAL(scanned[0], scanned[1]);
	CHECK_EQUAL(bytes[0], bytes[1]);
	return counts[0];
}

TEST(an_empty_namespace_has_no_sockets)
{
	need_sock_diag();
	enter_namespace();
	CHECK_EQUAL(0, synoptic_scan(SYNOPTIC_SOURCE_AUTO, "/proc", TIMEOUT_MS, buffer,
				     sizeof(buffer), 0));
	CHECK_EQUAL(0, snapshot->scanned_sockets);
	CHECK_EQUAL(SYNOPTIC_ABI, snapshot->abi);
	CHECK_EQUAL(SYNOPTIC_SOURCE_SOCK_DIAG, snapshot->source);
	CHECK_EQUAL(1, snapshot->table[SYNOPTIC_NAMESPACES].count);
}

TEST(a_connection_is_two_established_sockets_and_a_listener)
{
	static const int families[] = { AF_INET, AF_INET6 };

	need_sock_diag();
	enter_namespace();
	for (int i = 0; i < 2; i++) {
		struct connection it = connect_loopback(families[i]);

		CHECK_EQUAL(2, sockets(i, TCP_ESTABLISHED));
		CHECK_EQUAL(1, sockets(i, TCP_LISTEN));
		CHECK_EQUAL(3, snapshot->scanned_sockets);
		close_connection(it);
		CHECK_EQUAL(0, sockets(i, TCP_ESTABLISHED));
	}
}

TEST(unread_bytes_wait_in_the_receive_queue)
{
	struct connection it;

	need_sock_diag();
	enter_namespace();
	it = connect_loopback(AF_INET);
	CHECK_EQUAL(5, write(it.client, "hello", 5));
	CHECK_EQUAL(2, sockets(SYNOPTIC_IPV4, TCP_ESTABLISHED));
	CHECK_EQUAL(5, rows()->receive_queue_bytes);
	close_connection(it);
}

TEST(a_half_closed_connection_shows_who_forgot_to_close)
{
	struct connection it;

	need_sock_diag();
	enter_namespace();
	it = connect_loopback(AF_INET6);
	CHECK_EQUAL(0, shutdown(it.client, SHUT_WR));
	/* The FIN's acknowledgement may be delayed by 40 ms. */
	for (int i = 0; i < 100 && count(sources[0], SYNOPTIC_IPV6, TCP_FIN_WAIT1); i++)
		usleep(10000);
	CHECK_EQUAL(1, sockets(SYNOPTIC_IPV6, TCP_FIN_WAIT2));
	CHECK_EQUAL(1, sockets(SYNOPTIC_IPV6, TCP_CLOSE_WAIT));
	close_connection(it);
}

TEST(a_thousand_scans_leave_no_descriptor_open)
{
	int before;

	need_sock_diag();
	enter_namespace();
	before = open_descriptors();
	for (int i = 0; i < 1000; i++)
		sockets(SYNOPTIC_IPV4, TCP_LISTEN);
	CHECK_EQUAL(before, open_descriptors());
}

TEST(listeners_of_one_reuseport_group_are_as_many_as_they_are)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int listeners[3], on = 1;

	need_sock_diag();
	enter_namespace();
	for (int i = 0; i < 3; i++) {
		listeners[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		CHECK(listeners[i] >= 0);
		setsockopt(listeners[i], SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
		CHECK_EQUAL(0, bind(listeners[i], (struct sockaddr *)&address, size));
		CHECK_EQUAL(0, listen(listeners[i], 8));
		CHECK_EQUAL(0, getsockname(listeners[i], (struct sockaddr *)&address, &size));
	}
	CHECK_EQUAL(3, sockets(SYNOPTIC_IPV4, TCP_LISTEN));
	for (int i = 0; i < 3; i++)
		close(listeners[i]);
}

TEST(v4_mapped_connections_count_as_ipv4)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(any);
	int listener, client;

	need_sock_diag();
	enter_namespace();
	listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_EQUAL(0, bind(listener, (struct sockaddr *)&any, size));
	CHECK_EQUAL(0, listen(listener, 8));
	CHECK_EQUAL(0, getsockname(listener, (struct sockaddr *)&any, &size));
	address.sin_port = any.sin6_port;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_EQUAL(0, connect(client, (struct sockaddr *)&address, sizeof(address)));
	CHECK_EQUAL(2, sockets(SYNOPTIC_IPV4, TCP_ESTABLISHED));
	CHECK_EQUAL(0, sockets(SYNOPTIC_IPV6, TCP_ESTABLISHED));
	CHECK_EQUAL(1, sockets(SYNOPTIC_IPV6, TCP_LISTEN));
	close(listener); /* first, so that it resets what it has not accepted */
	close(client);
}

static const struct synoptic_listener *listener_row(enum synoptic_source source, uint32_t number)
{
	count(source, SYNOPTIC_IPV4, TCP_LISTEN);
	CHECK(number < snapshot->table[SYNOPTIC_LISTENERS].count);
	return (const void *)(buffer + snapshot->table[SYNOPTIC_LISTENERS].offset +
			      number * snapshot->table[SYNOPTIC_LISTENERS].stride);
}

static int listen_on_loopback(int backlog, struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	CHECK(fd >= 0);
	CHECK_EQUAL(0, bind(fd, (struct sockaddr *)address, size));
	CHECK_EQUAL(0, listen(fd, backlog));
	CHECK_EQUAL(0, getsockname(fd, (struct sockaddr *)address, &size));
	return fd;
}

TEST(a_listeners_row_has_how_full_its_accept_queue_is)
{
	const struct synoptic_listener *row;
	struct sockaddr_in address;
	int listener, clients[3];

	need_sock_diag();
	enter_namespace();
	listener = listen_on_loopback(2, &address);
	for (int i = 0; i < 3; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		CHECK_EQUAL(0, connect(clients[i], (struct sockaddr *)&address, sizeof(address)));
	}
	for (int i = 0; i < 2; i++) {
		row = listener_row(sources[i], 0);
		CHECK_EQUAL(ntohs(address.sin_port), row->port);
		CHECK_EQUAL(0, memcmp(row->address, &address.sin_addr, 4));
		CHECK_EQUAL(SYNOPTIC_IPV4, row->family);
		CHECK_EQUAL(3, row->accept_queue_length);
		CHECK_EQUAL(3, row->connections[TCP_ESTABLISHED]);
		CHECK_EQUAL(3, rows()->outbound[TCP_ESTABLISHED]);
		CHECK(row->cookie != 0);
	}
	CHECK_EQUAL(0, row->known);
	row = listener_row(SYNOPTIC_SOURCE_SOCK_DIAG, 0);
	CHECK_EQUAL(SYNOPTIC_KNOWN_LIMIT | SYNOPTIC_KNOWN_DROPS, row->known);
	CHECK_EQUAL(2, row->accept_queue_limit);
	CHECK_EQUAL(0, row->drops);
	close(listener);
	for (int i = 0; i < 3; i++)
		close(clients[i]);
}

TEST(listeners_of_one_port_on_different_devices_are_rows_of_one_group)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int listeners[2], client, on = 1;

	need_sock_diag();
	enter_namespace();
	for (int i = 0; i < 2; i++) {
		listeners[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		CHECK(listeners[i] >= 0);
		setsockopt(listeners[i], SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
		if (i == 1)
			CHECK_EQUAL(0, setsockopt(listeners[i], SOL_SOCKET, SO_BINDTODEVICE, "lo",
						  sizeof("lo")));
		CHECK_EQUAL(0, bind(listeners[i], (struct sockaddr *)&address, size));
		CHECK_EQUAL(0, listen(listeners[i], 8));
		CHECK_EQUAL(0, getsockname(listeners[i], (struct sockaddr *)&address, &size));
	}
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_EQUAL(0, connect(client, (struct sockaddr *)&address, sizeof(address)));
	for (int i = 0; i < 2; i++) {
		const struct synoptic_listener *first = listener_row(sources[i], 0);
		const struct synoptic_listener *second = listener_row(sources[i], 1);

		CHECK_EQUAL(first->port, second->port);
		CHECK_EQUAL(0, memcmp(first->address, second->address, sizeof(first->address)));
		CHECK_EQUAL(1, first->accept_queue_length + second->accept_queue_length);
		CHECK_EQUAL(1, first->connections[TCP_ESTABLISHED]);
		CHECK_EQUAL(0, second->connections[TCP_ESTABLISHED]);
	}
	for (int i = 0; i < 2; i++)
		close(listeners[i]);
	close(client);
}

TEST(a_connection_that_finds_no_room_is_a_drop)
{
	struct sockaddr_in address;
	int listener, client, refused;

	need_sock_diag();
	enter_namespace();
	listener = listen_on_loopback(0, &address);
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	refused = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK_EQUAL(0, connect(client, (struct sockaddr *)&address, sizeof(address)));
	CHECK_EQUAL(0, listener_row(sources[0], 0)->drops);
	CHECK_EQUAL(-1, connect(refused, (struct sockaddr *)&address, sizeof(address)));
	CHECK_EQUAL(1, listener_row(sources[0], 0)->drops);
	CHECK_EQUAL(1, rows()->outbound[TCP_SYN_SENT]);
	close(refused);
	close(listener);
	close(client);
}

TEST(listeners_that_no_row_is_left_for_are_counted)
{
	struct sockaddr_in address;
	int listeners[3];

	enter_namespace();
	for (int i = 0; i < 3; i++)
		listeners[i] = listen_on_loopback(8, &address);
	CHECK_EQUAL(0, synoptic_scan(SYNOPTIC_SOURCE_AUTO, "/proc", TIMEOUT_MS, buffer,
				     synoptic_snapshot_size(2, 0, 1), 0));
	CHECK_EQUAL(2, snapshot->table[SYNOPTIC_LISTENERS].count);
	CHECK_EQUAL(1, snapshot->unlisted_listeners);
	CHECK_EQUAL(3, rows()->sockets[SYNOPTIC_IPV4][TCP_LISTEN]);
	for (int i = 0; i < 3; i++)
		close(listeners[i]);
}

TEST(a_scan_of_listeners_alone_sees_them_and_nothing_else)
{
	struct connection it;

	need_sock_diag();
	enter_namespace();
	it = connect_loopback(AF_INET6);
	for (int i = 0; i < 2; i++) {
		const struct synoptic_listener *row;

		CHECK_EQUAL(0, synoptic_scan_listeners(sources[i], "/proc", TIMEOUT_MS, buffer,
						       sizeof(buffer)));
		CHECK_EQUAL(sources[i], snapshot->source);
		CHECK_EQUAL(0, snapshot->table[SYNOPTIC_NAMESPACES].count);
		CHECK_EQUAL(1, snapshot->table[SYNOPTIC_LISTENERS].count);
		CHECK_EQUAL(0, snapshot->table[SYNOPTIC_OWNERS].count);
		CHECK_EQUAL(0, snapshot->table[SYNOPTIC_DESTINATIONS].count);
		CHECK_EQUAL(1, snapshot->scanned_sockets);
		row = (const void *)(buffer + snapshot->table[SYNOPTIC_LISTENERS].offset);
		CHECK_EQUAL(SYNOPTIC_IPV6, row->family);
		CHECK_EQUAL(0, row->connections[TCP_ESTABLISHED]);
	}
	close_connection(it);
}

/* In the order of their numbers, with nothing between them and nothing behind. */
TEST(the_tables_of_a_snapshot_are_all_there_is_in_it)
{
	struct connection it;
	uint32_t at = sizeof(*snapshot);

	need_sock_diag();
	enter_namespace();
	it = connect_loopback(AF_INET);
	CHECK_EQUAL(0, synoptic_scan(SYNOPTIC_SOURCE_SOCK_DIAG, "/proc", TIMEOUT_MS, buffer,
				     synoptic_snapshot_size(3, 5, 1), 5));
	for (int i = 0; i < SYNOPTIC_TABLES; i++) {
		const struct synoptic_table *table = &snapshot->table[i];

		CHECK(table->count > 0);
		CHECK_EQUAL(at, table->offset);
		at += table->count * table->stride;
	}
	CHECK_EQUAL(at, snapshot->size);
	close_connection(it);
}

TEST(a_size_has_room_for_what_was_asked_for_and_for_no_more)
{
	CHECK_EQUAL(0, synoptic_snapshot_size(65535, 0, 1));
	CHECK_EQUAL(0, synoptic_snapshot_size(0, 65535, 1));
	CHECK_EQUAL(0, synoptic_snapshot_size(0, 0, 0));
	CHECK_EQUAL(0, synoptic_snapshot_size(0, 65534, 2));
	CHECK(synoptic_snapshot_size(65534, 65534, 1) > 0);
	CHECK(synoptic_snapshot_size(3, 5, 2) > synoptic_snapshot_size(3, 5, 1));
	CHECK(synoptic_snapshot_size(3, 5, 1) > synoptic_snapshot_size(2, 5, 1));
	CHECK(synoptic_snapshot_size(3, 5, 1) > synoptic_snapshot_size(3, 4, 1));
}

TEST(a_wrong_argument_is_EINVAL)
{
	enum synoptic_source source = SYNOPTIC_SOURCE_AUTO;

	CHECK_EQUAL(-EINVAL, synoptic_scan(source, "/proc", 0, buffer, sizeof(buffer), 0));
	CHECK_EQUAL(-EINVAL, synoptic_scan(source, NULL, 1, buffer, sizeof(buffer), 0));
	CHECK_EQUAL(-EINVAL, synoptic_scan(source, "/proc", 1, NULL, sizeof(buffer), 0));
	CHECK_EQUAL(-EINVAL, synoptic_scan(source, "/proc", 1, buffer + 1, sizeof(buffer) - 8, 0));
	CHECK_EQUAL(-EINVAL, synoptic_scan(source, "/proc", 1, buffer,
					   synoptic_snapshot_size(0, 0, 1) - 1, 0));
	CHECK_EQUAL(-EINVAL, synoptic_scan(source, "/proc", 1, buffer,
					   synoptic_snapshot_size(0, 9, 1) - 1, 9));
	CHECK_EQUAL(-EINVAL, synoptic_scan(source, "/proc", 1, buffer, sizeof(buffer), 65535));
	CHECK_EQUAL(-EINVAL, synoptic_scan(99, "/proc", 1, buffer, sizeof(buffer), 0));
	CHECK_EQUAL(-EINVAL, synoptic_scan(SYNOPTIC_SOURCE_BPF, NULL, 1, buffer, sizeof(buffer), 0));
}

TEST(a_procfs_that_is_none_is_an_error_and_no_count)
{
	CHECK_EQUAL(-ENOENT, synoptic_scan(SYNOPTIC_SOURCE_PROC, "/nonexistent", TIMEOUT_MS,
					   buffer, sizeof(buffer), 0));
	CHECK_EQUAL(0, snapshot->table[SYNOPTIC_NAMESPACES].count);
}

TEST(a_thread_that_yields_to_others_has_a_higher_nice_value)
{
	CHECK_EQUAL(0, synoptic_yield_to_others());
	CHECK_EQUAL(10, getpriority(PRIO_PROCESS, 0));
}

TEST(a_scan_takes_cpu_time_of_its_thread)
{
	uint64_t before = synoptic_cpu_nanoseconds();

	CHECK_EQUAL(0, synoptic_scan(SYNOPTIC_SOURCE_PROC, "/proc", TIMEOUT_MS, buffer,
				     sizeof(buffer), 0));
	CHECK(synoptic_cpu_nanoseconds() > before);
}

TEST(the_layout_names_every_table)
{
	const struct synoptic_constant *constant = synoptic_layout();

	while (constant->name && strcmp(constant->name, "synoptic_namespace") != 0)
		constant++;
	CHECK(constant->name);
	CHECK_EQUAL(sizeof(struct synoptic_namespace), constant->value);
	CHECK_EQUAL(SYNOPTIC_ABI, synoptic_abi());
}

MAIN()
