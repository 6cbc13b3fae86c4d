/* Which connections repeat, probe and keep alive, and which no program has, beside what ss reports. */
#include "synoptic.h"

#include "descriptors.h"
#include "every_source.h"
#include "timers.h"

#include <linux/filter.h>
#include <netinet/tcp.h>

#define TIMEOUT_MS 10000
#define EACH 3

static _Alignas(8) char buffer[1 << 18];

static const struct synoptic_snapshot *snapshot = (const void *)buffer;

static const enum synoptic_source sources[] = {
	SYNOPTIC_SOURCE_SOCK_DIAG, SYNOPTIC_SOURCE_PROC, SYNOPTIC_SOURCE_BPF,
};

#define SOURCES (sizeof(sources) / sizeof(*sources))

static void scan(enum synoptic_source source, struct timers_seen *seen)
{
	const struct synoptic_namespace *row;
	int fd;

	if (source != SYNOPTIC_SOURCE_BPF) {
		CHECK_EQUAL(0, synoptic_scan(source, "/proc/thread-self", TIMEOUT_MS, buffer,
					     sizeof(buffer), 0));
		timers_of_row(snapshot, 0, seen);
		return;
	}
	fd = netns_open();
	node_scan();
	row = node_namespace(netns_number(fd));
	close(fd);
	CHECK(row);
	timers_of_row(node, node_row(row), seen);
}

static bool same(const struct timers_seen *one, const struct timers_seen *other)
{
	return memcmp(one, other, sizeof(*one)) == 0;
}

static void print(const char *who, const struct timers_seen *seen)
{
	fprintf(stderr, "%s: inbound %u %u %u %u, outbound %u %u %u %u, orphans %u\n", who,
		seen->inbound.retransmitting, seen->inbound.zero_window,
		seen->inbound.repeated_syn, seen->inbound.keepalive,
		seen->outbound.retransmitting, seen->outbound.zero_window,
		seen->outbound.repeated_syn, seen->outbound.keepalive, seen->orphans);
}

/* Timers go on: what ss reports before and after the scan alike, the scan has to report. */
static void check_source(enum synoptic_source source, struct timers_seen *seen)
{
	struct timers_seen before, after;

	for (int i = 0; i < 20; i++) {
		timers_of_ss(&before);
		scan(source, seen);
		timers_of_ss(&after);
		if (same(&before, seen) && same(&after, seen))
			return;
		usleep(100000);
	}
	print("ss before", &before);
	print("the scan", seen);
	print("ss after", &after);
	CHECK(!"a scan has other timers than ss");
}

static void check_sources(const struct timers_seen *expected)
{
	for (size_t i = 0; i < SOURCES; i++) {
		struct timers_seen seen;

		if (sources[i] == SYNOPTIC_SOURCE_BPF && !has_bpf)
			continue;
		check_source(sources[i], &seen);
		if (!same(expected, &seen)) {
			print("expected", expected);
			print("seen", &seen);
		}
		CHECK(same(expected, &seen));
	}
}

/* EACH of every family, made by tcplab, and nothing else: they belong to no listener. */
static void check_lab(const char *state, const struct timers_seen *expected)
{
	static const char *const families[] = { "ipv4", "ipv6", "mapped" };
	char populations[8][64] = { "" };

	start_every_source();
	for (int i = 0; i < 3; i++)
		snprintf(populations[i], sizeof(*populations), "%s:%s=%d", families[i], state, EACH);
	fill(populations);
	check_sources(expected);
	children_end();
}

TEST(a_connection_that_repeats_a_segment_is_retransmitting)
{
	check_lab("retransmitting", &(struct timers_seen){ .outbound.retransmitting = 3 * EACH });
}

TEST(a_connection_that_may_not_send_any_more_probes_a_zero_window)
{
	check_lab("zero_window", &(struct timers_seen){ .outbound.zero_window = 3 * EACH });
}

TEST(a_syn_that_was_sent_again_is_repeated)
{
	check_lab("repeated_syn", &(struct timers_seen){ .outbound.repeated_syn = 3 * EACH });
}

TEST(a_syn_ack_that_was_sent_again_is_repeated_by_its_listener)
{
	check_lab("repeated_syn_ack", &(struct timers_seen){ .inbound.repeated_syn = 3 * EACH });
}

TEST(an_idle_connection_with_keepalive_keeps_alive)
{
	check_lab("keepalive", &(struct timers_seen){ .outbound.keepalive = 3 * EACH });
}

TEST(a_closed_connection_that_waits_for_its_fins_acknowledgement_is_an_orphan)
{
	struct timers_seen seen;

	start_every_source();
	fill((char[8][64]){ "ipv4:orphan=4", "ipv6:orphan=5", "ipv4:fin_wait1=2", "ipv6:closing=3",
			    "ipv4:last_ack=2", "ipv6:fin_wait2=2" });
	for (size_t i = 0; i < SOURCES; i++) {
		if (sources[i] == SYNOPTIC_SOURCE_BPF && !has_bpf)
			continue;
		check_source(sources[i], &seen);
		CHECK_EQUAL(9, seen.orphans);
	}
	children_end();
}

TEST(in_any_state_the_timers_are_those_of_ss)
{
	static const char *const states[] = {
		"established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2", "close_wait",
		"last_ack", "closing", "time_wait", "listen",
	};
	struct timers_seen seen;

	start_every_source();
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i += 5) {
		char populations[8][64] = { "" };

		for (size_t j = 0; j < 5; j++)
			snprintf(populations[j], sizeof(*populations), "%s:%s=%zu",
				 (i + j) % 2 ? "ipv6" : "ipv4", states[i + j], 2 + j);
		fill(populations);
	}
	for (size_t i = 0; i < SOURCES; i++)
		if (sources[i] != SYNOPTIC_SOURCE_BPF || has_bpf)
			check_source(sources[i], &seen);
	children_end();
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* One connection does each, at the end that was accepted, and one none. */
TEST(timers_of_accepted_connections_count_with_their_listener)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog drop = { .len = 1, .filter = &nothing };
	static const char bytes[8192];
	struct pair pairs[4];
	int listener;

	start_every_source();
	listener = pairs_listen(AF_INET);
	CHECK(listener >= 0);
	for (int i = 0; i < 4; i++)
		CHECK(pairs_open(listener, &pairs[i]));
	CHECK_EQUAL(0, setsockopt(pairs[0].client, SOL_SOCKET, SO_ATTACH_FILTER, &drop,
				  sizeof(drop)));
	CHECK_EQUAL(1, send(pairs[0].server, "", 1, 0));
	while (send(pairs[1].server, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	CHECK_EQUAL(0, set(pairs[2].server, SOL_SOCKET, SO_KEEPALIVE, 1));
	usleep(500000);
	check_sources(&(struct timers_seen){ .inbound = {
		.retransmitting = 1, .zero_window = 1, .keepalive = 1,
	} });
	for (int i = 0; i < 4; i++)
		pairs_close(&pairs[i]);
	close(listener);
}

static void allow_fast_open_without_cookies(void)
{
	int fd = open("/proc/sys/net/ipv4/tcp_fastopen", O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	/* Client, server, and neither asks for a cookie: TFO_CLIENT_ENABLE and the like. */
	CHECK(dprintf(fd, "%d\n", 0x1 | 0x2 | 0x4 | 0x200) > 0);
	close(fd);
}

/* A full socket in SYN_RECV, and no request socket, with its SYN-ACK in no queue. */
TEST(a_syn_ack_of_fast_open_that_was_sent_again_is_repeated_by_its_listener)
{
	struct sock_filter only_syn[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), /* the flags */
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x10 /* ACK */, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
	};
	struct sock_fprog filter = { .len = 4, .filter = only_syn };
	struct linger reset = { .l_onoff = 1 };
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	int listener, client;

	start_every_source();
	allow_fast_open_without_cookies();
	listener = pairs_listen(AF_INET);
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_EQUAL(0, set(listener, IPPROTO_TCP, TCP_FASTOPEN, 5));
	CHECK_EQUAL(0, setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)));
	CHECK_EQUAL(0, setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)));
	CHECK_EQUAL(0, getsockname(listener, (struct sockaddr *)&address, &size));
	CHECK_EQUAL(1, sendto(client, "", 1, MSG_FASTOPEN, (struct sockaddr *)&address, size));
	usleep(1500000);
	check_sources(&(struct timers_seen){ .inbound.repeated_syn = 1 });
	close(client);
	close(listener);
}

/* With data on its way the kernel reports the timer of that. */
TEST(keepalive_is_not_seen_while_something_is_repeated)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog drop = { .len = 1, .filter = &nothing };
	struct pair pair;
	int listener;

	start_every_source();
	listener = pairs_listen(AF_INET6);
	CHECK(listener >= 0 && pairs_open(listener, &pair));
	close(listener);
	CHECK_EQUAL(0, set(pair.client, SOL_SOCKET, SO_KEEPALIVE, 1));
	CHECK_EQUAL(0, set(pair.server, SOL_SOCKET, SO_KEEPALIVE, 1));
	CHECK_EQUAL(0, setsockopt(pair.server, SOL_SOCKET, SO_ATTACH_FILTER, &drop, sizeof(drop)));
	CHECK_EQUAL(1, send(pair.client, "", 1, 0));
	usleep(500000);
	check_sources(&(struct timers_seen){ .outbound = { .retransmitting = 1, .keepalive = 1 } });
	pairs_close(&pair);
}

/*
 * The first is a full socket for its last 60 of 120 seconds, and its timer, which is keepalive's,
 * ends that. The second is a timewait socket.
 */
TEST(of_closed_connections_in_fin_wait2_full_sockets_are_orphans_and_keep_nothing_alive)
{
	struct linger no_linger = { .l_onoff = 0 };
	struct pair pairs[2];
	int listener;

	start_every_source();
	listener = pairs_listen(AF_INET);
	CHECK(listener >= 0);
	for (int i = 0; i < 2; i++) {
		CHECK(pairs_open(listener, &pairs[i]));
		CHECK_EQUAL(0, setsockopt(pairs[i].client, SOL_SOCKET, SO_LINGER, &no_linger,
					  sizeof(no_linger)));
		CHECK_EQUAL(0, set(pairs[i].client, SOL_SOCKET, SO_KEEPALIVE, 1));
	}
	close(listener);
	CHECK_EQUAL(0, set(pairs[0].client, IPPROTO_TCP, TCP_LINGER2, 120));
	for (int i = 0; i < 2; i++)
		close(pairs[i].client);
	usleep(100000);
	check_sources(&(struct timers_seen){ .orphans = 1 });
	for (int i = 0; i < 2; i++)
		close(pairs[i].server);
}

/* idiag_inode is 0 of these, too. */
TEST(a_connection_that_waits_to_be_accepted_is_no_orphan)
{
	int listener, client;
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	start_every_source();
	listener = pairs_listen(AF_INET);
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_EQUAL(0, getsockname(listener, (struct sockaddr *)&address, &size));
	CHECK_EQUAL(0, connect(client, (struct sockaddr *)&address, size));
	check_sources(&(struct timers_seen){ .orphans = 0 });
	/* In CLOSE_WAIT. */
	CHECK_EQUAL(0, shutdown(client, SHUT_WR));
	usleep(100000);
	check_sources(&(struct timers_seen){ .orphans = 0 });
	close(listener);
	close(client);
}

MAIN()
