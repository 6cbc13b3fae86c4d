/* Connections that open, fail and close in every way that there is are counted, each where it belongs. */
#include "synoptic.h"

#include "counting.h"

#define N 25

static struct sockaddr_in6 loopback;

/* In a new namespace; a listener on this address of the loopback. */
static int start_listening_at(struct sockaddr_in6 address, int backlog)
{
	counting_start();
	make_place(1024);
	loopback = address;
	return listen_at(&loopback, backlog);
}

static int start_listening(void)
{
	return start_listening_at(ipv4_address(INADDR_LOOPBACK, 0), 128);
}

static void end(int listener)
{
	close(listener);
	start();
}

/* `opened` of both ends, and nothing that failed, was repeated or came through a cookie. */
static void check_opened(uint64_t opened)
{
	CHECK_EQUAL(opened, inbound(&loopback)->opened);
	CHECK_EQUAL(opened, outbound()->opened);
	CHECK_EQUAL(opened, sum_of_durations(inbound(&loopback)));
	CHECK_EQUAL(opened, sum_of_durations(outbound()));
	CHECK_EQUAL(0, sum_of_repeated(inbound(&loopback)) + sum_of_repeated(outbound()));
	CHECK_EQUAL(0, sum_of_failed(inbound(&loopback)) + sum_of_failed(outbound()));
	CHECK_EQUAL(0, inbound(&loopback)->syncookies + outbound()->syncookies);
	CHECK_EQUAL(0, inbound(&loopback)->syn_acks_repeated);
}

static void check_closed(const struct synoptic_handshake_counts *row, enum synoptic_closed_by by,
			 enum synoptic_closed_how how, uint64_t count)
{
	CHECK_EQUAL(count, row->closed[by][how]);
	CHECK_EQUAL(count, sum_of_closed(row));
}

struct connection {
	int client, server;
};

static struct connection open_one(int listener)
{
	int client = connect_to(&loopback);

	return (struct connection){ .client = client, .server = accept_from(listener) };
}

TEST(connections_that_the_client_closes)
{
	int listener = start_listening();

	for (int i = 0; i < N; i++) {
		struct connection it = open_one(listener);

		close(it.client);
		read_to_end(it.server);
		close(it.server);
	}
	wait_for_ends(&loopback, N, N);
	check_opened(N);
	check_closed(outbound(), SYNOPTIC_CLOSED_BY_LOCAL, SYNOPTIC_CLOSED_FIN, N);
	check_closed(inbound(&loopback), SYNOPTIC_CLOSED_BY_PEER, SYNOPTIC_CLOSED_FIN, N);
	CHECK(outbound()->duration_microseconds > 0);
	CHECK(outbound()->duration_microseconds < N * 1000000ull);
	end(listener);
}

TEST(connections_that_the_server_closes)
{
	int listener = start_listening();

	for (int i = 0; i < N; i++) {
		struct connection it = open_one(listener);

		close(it.server);
		read_to_end(it.client);
		close(it.client);
	}
	wait_for_ends(&loopback, N, N);
	check_opened(N);
	check_closed(inbound(&loopback), SYNOPTIC_CLOSED_BY_LOCAL, SYNOPTIC_CLOSED_FIN, N);
	check_closed(outbound(), SYNOPTIC_CLOSED_BY_PEER, SYNOPTIC_CLOSED_FIN, N);
	end(listener);
}

TEST(half_closed_connections_that_still_carry_data)
{
	int listener = start_listening();

	for (int i = 0; i < N; i++) {
		struct connection it = open_one(listener);

		CHECK_EQUAL(0, shutdown(it.client, SHUT_WR));
		read_to_end(it.server);
		CHECK_EQUAL(1, write(it.server, "", 1));
		close(it.server);
		read_to_end(it.client);
		close(it.client);
	}
	wait_for_ends(&loopback, N, N);
	check_opened(N);
	check_closed(outbound(), SYNOPTIC_CLOSED_BY_LOCAL, SYNOPTIC_CLOSED_FIN, N);
	check_closed(inbound(&loopback), SYNOPTIC_CLOSED_BY_PEER, SYNOPTIC_CLOSED_FIN, N);
	end(listener);
}

TEST(connections_that_the_client_resets)
{
	int listener = start_listening();

	for (int i = 0; i < N; i++) {
		struct connection it = open_one(listener);

		reset_on_close(it.client);
		close(it.client);
		close(it.server);
	}
	wait_for_ends(&loopback, N, N);
	check_opened(N);
	check_closed(outbound(), SYNOPTIC_CLOSED_BY_LOCAL, SYNOPTIC_CLOSED_RESET, N);
	check_closed(inbound(&loopback), SYNOPTIC_CLOSED_BY_PEER, SYNOPTIC_CLOSED_RESET, N);
	end(listener);
}

TEST(connections_that_the_server_resets_with_unread_data)
{
	int listener = start_listening();

	for (int i = 0; i < N; i++) {
		struct connection it = open_one(listener);

		CHECK_EQUAL(1, write(it.client, "", 1));
		close(it.server);
		close(it.client);
	}
	wait_for_ends(&loopback, N, N);
	check_closed(inbound(&loopback), SYNOPTIC_CLOSED_BY_LOCAL, SYNOPTIC_CLOSED_RESET, N);
	check_closed(outbound(), SYNOPTIC_CLOSED_BY_PEER, SYNOPTIC_CLOSED_RESET, N);
	end(listener);
}

/* After a FIN: who closed first still did, but it ended otherwise. */
TEST(half_closed_connections_that_end_with_a_reset)
{
	int listener = start_listening();

	for (int i = 0; i < 2 * N; i++) {
		struct connection it = open_one(listener);

		CHECK_EQUAL(0, shutdown(it.client, SHUT_WR));
		read_to_end(it.server);
		reset_on_close(i < N ? it.server : it.client);
		close(i < N ? it.server : it.client);
		close(i < N ? it.client : it.server);
	}
	wait_for_ends(&loopback, 2 * N, 2 * N);
	check_closed(outbound(), SYNOPTIC_CLOSED_BY_LOCAL, SYNOPTIC_CLOSED_RESET, 2 * N);
	check_closed(inbound(&loopback), SYNOPTIC_CLOSED_BY_PEER, SYNOPTIC_CLOSED_RESET, 2 * N);
	end(listener);
}

TEST(connections_that_nobody_accepts_are_reset_with_their_listener)
{
	int listener = start_listening(), clients[N];

	for (int i = 0; i < N; i++)
		clients[i] = connect_to(&loopback);
	close(listener);
	for (int i = 0; i < N; i++)
		close(clients[i]);
	wait_for_ends(&loopback, N, N);
	check_opened(N);
	check_closed(inbound(&loopback), SYNOPTIC_CLOSED_BY_LOCAL, SYNOPTIC_CLOSED_RESET, N);
	check_closed(outbound(), SYNOPTIC_CLOSED_BY_PEER, SYNOPTIC_CLOSED_RESET, N);
	start();
}

TEST(connections_whose_peer_no_longer_answers)
{
	int listener = start_listening(), milliseconds = 300;
	struct connection its[N];

	for (int i = 0; i < N; i++) {
		its[i] = open_one(listener);
		lose_all(its[i].server);
		lose_all(its[i].client);
		setsockopt(its[i].client, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
			   sizeof(milliseconds));
		CHECK_EQUAL(1, write(its[i].client, "", 1));
	}
	wait_for_ends(NULL, 0, N);
	check_closed(outbound(), SYNOPTIC_CLOSED_BY_LOCAL, SYNOPTIC_CLOSED_TIMEOUT, N);
	for (int i = 0; i < N; i++) {
		close(its[i].client);
		reset_on_close(its[i].server);
		close(its[i].server);
	}
	end(listener);
}

static void check_failed(enum synoptic_failure failure, uint64_t count)
{
	CHECK_EQUAL(count, outbound()->failed[failure]);
	CHECK_EQUAL(count, sum_of_failed(outbound()));
}

TEST(connections_that_are_refused)
{
	struct sockaddr_in6 nobody = ipv4_address(INADDR_LOOPBACK, 1);

	start_listening();
	for (int i = 0; i < N; i++) {
		int blocking = open_socket(&nobody, 0);
		int other = open_socket(&nobody, SOCK_NONBLOCK);

		CHECK_EQUAL(-1, connect(blocking, (void *)&nobody, sizeof(nobody)));
		CHECK_EQUAL(ECONNREFUSED, errno);
		CHECK_EQUAL(-1, connect(other, (void *)&nobody, sizeof(nobody)));
		close(blocking);
		close(other);
	}
	wait_for_ends(NULL, 0, 2 * N);
	check_failed(SYNOPTIC_FAILED_REFUSED, 2 * N);
	CHECK_EQUAL(0, outbound()->opened + sum_of_closed(outbound()));
	start();
}

TEST(connections_that_get_no_answer)
{
	int listener = start_listening(), clients[N], milliseconds = 100;

	lose_all(listener);
	for (int i = 0; i < N; i++) {
		clients[i] = open_socket(&loopback, SOCK_NONBLOCK);
		setsockopt(clients[i], IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
			   sizeof(milliseconds));
		CHECK_EQUAL(-1, connect(clients[i], (void *)&loopback, sizeof(loopback)));
	}
	wait_for_ends(NULL, 0, N);
	for (int i = 0; i < N; i++) {
		CHECK_EQUAL(ETIMEDOUT, end_of(clients[i]));
		close(clients[i]);
	}
	check_failed(SYNOPTIC_FAILED_TIMED_OUT, N);
	end(listener);
}

TEST(connections_that_the_program_gives_up)
{
	int listener = start_listening();

	lose_all(listener);
	for (int i = 0; i < N; i++) {
		int closed = start_to(&loopback), reset = start_to(&loopback);
		int shut = start_to(&loopback);

		close(closed);
		reset_on_close(reset);
		close(reset);
		CHECK_EQUAL(0, shutdown(shut, SHUT_RDWR));
		close(shut);
	}
	wait_for_ends(NULL, 0, 3 * N);
	check_failed(SYNOPTIC_FAILED_ABORTED, 3 * N);
	end(listener);
}

TEST(connections_that_find_no_local_port)
{
	int listener = start_listening(), clients[2];

	set_sysctl("ip_local_port_range", "40000 40001");
	for (int i = 0; i < 2; i++)
		clients[i] = connect_to(&loopback);
	for (int i = 0; i < N; i++) {
		int fd = open_socket(&loopback, 0);

		CHECK_EQUAL(-1, connect(fd, (void *)&loopback, sizeof(loopback)));
		CHECK_EQUAL(EADDRNOTAVAIL, errno);
		close(fd);
	}
	wait_for_ends(NULL, 0, N);
	check_failed(SYNOPTIC_FAILED_NO_PORT, N);
	CHECK_EQUAL(2, outbound()->opened);
	for (int i = 0; i < 2; i++)
		close(clients[i]);
	end(listener);
}

/* They are EINPROGRESS at first, and that is no failure. */
TEST(connections_that_are_opened_without_waiting)
{
	int listener = start_listening();

	for (int i = 0; i < N; i++) {
		int client = start_to(&loopback), server = accept_from(listener);

		CHECK_EQUAL(0, end_of(client));
		close(client);
		read_to_end(server);
		close(server);
	}
	wait_for_ends(&loopback, N, N);
	check_opened(N);
	end(listener);
}

/* By the same state as if it met another's SYN. */
TEST(connections_to_themselves_are_outbound_and_both_ends_close_them)
{
	start_listening();
	for (int i = 0; i < N; i++) {
		struct sockaddr_in6 self = ipv4_address(INADDR_LOOPBACK, (uint16_t)(20000 + i));
		int fd = open_socket(&self, 0);

		CHECK_EQUAL(0, bind(fd, (void *)&self, sizeof(self)));
		CHECK_EQUAL(0, connect(fd, (void *)&self, sizeof(self)));
		close(fd);
	}
	wait_for_ends(NULL, 0, N);
	CHECK_EQUAL(N, outbound()->opened);
	check_closed(outbound(), SYNOPTIC_CLOSED_BY_BOTH, SYNOPTIC_CLOSED_FIN, N);
	CHECK_EQUAL(0, sum_of_failed(outbound()));
	CHECK_EQUAL(0, inbound(&loopback)->opened);
	start();
}

/* The first SYN is lost: the kernel measures the second alone, which takes a second less. */
TEST(handshakes_with_repeated_syns_have_no_duration)
{
	int listener = start_listening(), clients[N];

	lose_all(listener);
	for (int i = 0; i < N; i++)
		clients[i] = start_to(&loopback);
	usleep(100000);
	lose_none(listener);
	for (int i = 0; i < N; i++) {
		int server = accept_from(listener);

		close(server);
		CHECK_EQUAL(0, end_of(clients[i]));
		close(clients[i]);
	}
	wait_for_ends(&loopback, N, N);
	CHECK_EQUAL(N, outbound()->opened);
	CHECK_EQUAL(N, outbound()->repeated[0]);
	CHECK_EQUAL(N, sum_of_repeated(outbound()));
	CHECK_EQUAL(0, sum_of_durations(outbound()));
	CHECK_EQUAL(0, outbound()->duration_microseconds);
	/* At this end none was repeated. */
	CHECK_EQUAL(N, sum_of_durations(inbound(&loopback)));
	end(listener);
}

static void open_and_close(int listener, int count)
{
	for (int i = 0; i < count; i++) {
		struct connection it = open_one(listener);

		close(it.client);
		read_to_end(it.server);
		close(it.server);
	}
}

static void check_cookies(struct sockaddr_in6 address, bool shared, const char *timestamps,
			  const char *scaling, const char *sack)
{
	int listener;

	counting_start();
	make_place(1024);
	loopback = address;
	listener = listen_as(&loopback, 128, shared);
	set_sysctl("tcp_timestamps", timestamps);
	set_sysctl("tcp_window_scaling", scaling);
	set_sysctl("tcp_sack", sack);
	set_sysctl("tcp_syncookies", "2");
	open_and_close(listener, N);
	set_sysctl("tcp_syncookies", "1");
	open_and_close(listener, N);
	set_sysctl("tcp_syncookies", "2");
	open_and_close(listener, 1);
	wait_for_ends(&loopback, 2 * N + 1, 2 * N + 1);
	CHECK_EQUAL(2 * N + 1, inbound(&loopback)->opened);
	CHECK_EQUAL(N + 1, inbound(&loopback)->syncookies);
	CHECK_EQUAL(N, sum_of_durations(inbound(&loopback)));
	CHECK_EQUAL(0, sum_of_repeated(inbound(&loopback)));
	CHECK_EQUAL(0, outbound()->syncookies);
	CHECK_EQUAL(2 * N + 1, sum_of_durations(outbound()));
	end(listener);
}

TEST(handshakes_through_cookies_are_counted_apart_whatever_the_options)
{
	struct sockaddr_in6 ipv4 = ipv4_address(INADDR_LOOPBACK, 0);
	struct sockaddr_in6 ipv6 = ipv6_address(in6addr_loopback, 0);

	check_cookies(ipv4, false, "1", "1", "1");
	check_cookies(ipv4, true, "1", "1", "1");
	check_cookies(ipv4, false, "1", "0", "1");
	check_cookies(ipv4, false, "1", "1", "0");
	check_cookies(ipv4, false, "0", "1", "1");
	check_cookies(ipv6, false, "1", "1", "1");
	check_cookies(ipv6, false, "0", "1", "1");
}

TEST(handshakes_with_data_in_the_syn)
{
	int listener = start_listening(), queue = 128;

	set_sysctl("tcp_fastopen", "519"); /* both ends, without a cookie */
	CHECK_EQUAL(0, setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)));
	for (int i = 0; i < N; i++) {
		int client = open_socket(&loopback, 0), server;
		struct tcp_info info;
		socklen_t size = sizeof(info);

		CHECK_EQUAL(1, sendto(client, "", 1, MSG_FASTOPEN, (void *)&loopback,
				      sizeof(loopback)));
		server = accept_from(listener);
		CHECK_EQUAL(0, getsockopt(server, IPPROTO_TCP, TCP_INFO, &info, &size));
		CHECK(info.tcpi_options & TCPI_OPT_SYN_DATA);
		close(client);
		read_to_end(server);
		close(server);
	}
	wait_for_ends(&loopback, N, N);
	check_opened(N);
	check_closed(outbound(), SYNOPTIC_CLOSED_BY_LOCAL, SYNOPTIC_CLOSED_FIN, N);
	check_closed(inbound(&loopback), SYNOPTIC_CLOSED_BY_PEER, SYNOPTIC_CLOSED_FIN, N);
	end(listener);
}

/* The connection itself has states, too, and is no TCP connection. */
TEST(connections_of_mptcp_count_by_their_subflows)
{
	socklen_t size = sizeof(loopback);
	int listener;

	counting_start();
	make_place(1024);
	loopback = ipv4_address(INADDR_LOOPBACK, 0);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
	if (listener < 0)
		SKIP("no MPTCP here");
	CHECK_EQUAL(0, bind(listener, (void *)&loopback, size));
	CHECK_EQUAL(0, listen(listener, 16));
	CHECK_EQUAL(0, getsockname(listener, (void *)&loopback, &size));
	for (int i = 0; i < N; i++) {
		int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP), server;

		CHECK_EQUAL(0, connect(client, (void *)&loopback, size));
		server = accept_from(listener);
		close(client);
		read_to_end(server);
		close(server);
	}
	wait_for_ends(&loopback, N, N);
	check_opened(N);
	CHECK_EQUAL(N, sum_of_closed(inbound(&loopback)));
	CHECK_EQUAL(N, sum_of_closed(outbound()));
	end(listener);
}

/* These leave no mark on what they have accepted. */
TEST(listeners_with_a_backlog_of_0)
{
	int listener = start_listening_at(ipv4_address(INADDR_LOOPBACK, 0), 0);

	open_and_close(listener, N);
	wait_for_ends(&loopback, N, N);
	check_opened(N);
	check_closed(inbound(&loopback), SYNOPTIC_CLOSED_BY_PEER, SYNOPTIC_CLOSED_FIN, N);
	check_closed(outbound(), SYNOPTIC_CLOSED_BY_LOCAL, SYNOPTIC_CLOSED_FIN, N);
	end(listener);
}

/* Where a listener of this address has connections that are made to that one. */
static void check_belongs(struct sockaddr_in6 address, struct sockaddr_in6 to)
{
	int listener, client;

	counting_start();
	make_place(1024);
	listener = listen_at(&address, 16);
	to.sin6_port = address.sin6_port;
	client = connect_to(&to);
	close(client);
	client = accept_from(listener);
	read_to_end(client);
	close(client);
	wait_for_ends(&address, 1, 1);
	CHECK_EQUAL(1, inbound(&address)->opened);
	CHECK_EQUAL(1, outbound()->opened);
	end(listener);
}

TEST(connections_belong_to_the_listener_that_took_them_whatever_its_address)
{
	static const struct in6_addr mapped = { .s6_addr = { [10] = 0xff, 0xff, 127, 0, 0, 1 } };
	static const struct in6_addr mapped_any = { .s6_addr = { [10] = 0xff, 0xff } };
	struct sockaddr_in6 ipv4 = ipv4_address(INADDR_LOOPBACK, 0);
	struct sockaddr_in6 ipv6 = ipv6_address(in6addr_loopback, 0);

	check_belongs(ipv4_address(INADDR_ANY, 0), ipv4);
	check_belongs(ipv4, ipv4);
	check_belongs(ipv6_address(in6addr_any, 0), ipv6);
	check_belongs(ipv6, ipv6);
	check_belongs(ipv6_address(in6addr_any, 0), ipv4);
	check_belongs(ipv6_address(mapped, 0), ipv4);
	check_belongs(ipv6_address(mapped_any, 0), ipv4);
}

TEST(listeners_of_one_address_and_port_are_one_group)
{
	int first, second;

	counting_start();
	make_place(1024);
	loopback = ipv4_address(INADDR_LOOPBACK, 0);
	first = listen_as(&loopback, 16, true);
	second = listen_as(&loopback, 16, true);
	for (int i = 0; i < 10; i++)
		close(connect_to(&loopback));
	close(first);
	close(second);
	wait_for_ends(&loopback, 10, 10);
	check_opened(10);
	start();
}

TEST(every_namespace_for_itself)
{
	struct sockaddr_in6 any = ipv4_address(INADDR_ANY, 8080);
	int listener;

	counting_start();
	for (int i = 0; i < MOST_PLACES; i++) {
		make_place(16);
		loopback = ipv4_address(INADDR_LOOPBACK, 8080);
		listener = listen_at(&any, 16);
		open_and_close(listener, 1 + i);
		close(listener);
	}
	counting_read();
	for (int i = 0; i < MOST_PLACES; i++) {
		go(places[i].fd);
		wait_for_ends(&any, 1 + (uint64_t)i, 1 + (uint64_t)i);
		CHECK_EQUAL(1 + i, inbound(&any)->opened);
		CHECK_EQUAL(1 + i, outbound()->opened);
		CHECK_EQUAL(1 + i, sum_of_closed(inbound(&any)));
		CHECK_EQUAL(1 + i, sum_of_closed(outbound()));
	}
	start();
}

TEST(next_to_nothing_was_missed)
{
	counting_start();
	CHECK(counted->missed_events < 100);
}

MAIN()
