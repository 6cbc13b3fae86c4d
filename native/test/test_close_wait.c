/* How long connections have been in CLOSE_WAIT, beside what ss reports. */
#include "synoptic.h"

#include "every_source.h"

#include <netinet/tcp.h>
#include <sys/stat.h>

#define TIMEOUT_MS 10000
#define SLACK 15 /* milliseconds: a jiffy of 1/100 s, and rounding */

static _Alignas(8) char buffer[1 << 18];

static const struct synoptic_snapshot *snapshot = (const void *)buffer;

static const enum synoptic_source sources[] = { SYNOPTIC_SOURCE_SOCK_DIAG, SYNOPTIC_SOURCE_BPF };

#define SOURCES (sizeof(sources) / sizeof(*sources))

struct ages {
	struct synoptic_close_wait inbound, outbound;
};

static void read_ages(const struct synoptic_snapshot *from, uint32_t netns_row, struct ages *ages)
{
	const struct synoptic_namespace *namespace = table_row(from, SYNOPTIC_NAMESPACES, netns_row);
	struct synoptic_close_wait *inbound = &ages->inbound;

	CHECK(namespace->known & SYNOPTIC_KNOWN_AGES);
	*ages = (struct ages){ .outbound = namespace->outbound_close_wait };
	for (uint32_t i = 0; i < from->table[SYNOPTIC_LISTENERS].count; i++) {
		const struct synoptic_listener *row = table_row(from, SYNOPTIC_LISTENERS, i);

		if (row->netns_row != netns_row)
			continue;
		if (row->close_wait.oldest > inbound->oldest)
			inbound->oldest = row->close_wait.oldest;
		inbound->over_one_minute += row->close_wait.over_one_minute;
		inbound->over_ten_minutes += row->close_wait.over_ten_minutes;
		inbound->over_one_hour += row->close_wait.over_one_hour;
	}
}

/* Owners have the same between them. */
static void check_owners(const struct synoptic_snapshot *from, uint32_t netns_row,
			 const struct ages *ages)
{
	uint32_t inbound = 0, outbound = 0, old = 0;

	for (uint32_t i = 0; i < from->table[SYNOPTIC_OWNERS].count; i++) {
		const struct synoptic_owner *row = table_row(from, SYNOPTIC_OWNERS, i);

		if (row->netns_row != netns_row)
			continue;
		if (row->inbound_close_wait.oldest > inbound)
			inbound = row->inbound_close_wait.oldest;
		if (row->outbound_close_wait.oldest > outbound)
			outbound = row->outbound_close_wait.oldest;
		old += row->inbound_close_wait.over_one_minute +
		       row->outbound_close_wait.over_one_minute;
	}
	CHECK_EQUAL(ages->inbound.oldest, inbound);
	CHECK_EQUAL(ages->outbound.oldest, outbound);
	CHECK_EQUAL(ages->inbound.over_one_minute + ages->outbound.over_one_minute, old);
}

static void scan(enum synoptic_source source, struct ages *ages)
{
	uint32_t row;
	int fd;

	if (source != SYNOPTIC_SOURCE_BPF) {
		CHECK_EQUAL(0, synoptic_scan(source, "/proc/thread-self", TIMEOUT_MS, buffer,
					     sizeof(buffer), 8));
		read_ages(snapshot, 0, ages);
		check_owners(snapshot, 0, ages);
		return;
	}
	fd = netns_open();
	node_scan();
	CHECK(node_namespace(netns_number(fd)));
	row = node_row(node_namespace(netns_number(fd)));
	close(fd);
	read_ages(node, row, ages);
	check_owners(node, row, ages);
}

/* ... lastack:MILLISECONDS ..., which is left out if it is 0. Of the port, or of all others. */
static void ages_of_ss(unsigned port, uint32_t *inbound, uint32_t *outbound)
{
	FILE *ss = popen("ss --no-header --oneline --tcp --numeric --info state close-wait", "re");
	char text[2048], local[64];

	CHECK(ss);
	*inbound = *outbound = 0;
	while (fgets(text, sizeof(text), ss)) {
		const char *last = strstr(text, " lastack:");
		uint32_t age = last ? (uint32_t)strtoul(last + 9, NULL, 10) : 0, *oldest;

		CHECK_EQUAL(1, sscanf(text, "%*u %*u %63s", local));
		oldest = (unsigned)atoi(strrchr(local, ':') + 1) == port ? inbound : outbound;
		if (age > *oldest)
			*oldest = age;
	}
	if (pclose(ss) != 0)
		SKIP("there is no ss here (Debian: iproute2)");
}

static void check_between(uint32_t before, uint32_t age, uint32_t after)
{
	if (age + SLACK < before || age > after + SLACK)
		fprintf(stderr, "%u, but ss has %u before and %u after\n", age, before, after);
	CHECK(age + SLACK >= before && age <= after + SLACK);
}

static void check_source(enum synoptic_source source, unsigned port, struct ages *ages)
{
	uint32_t inbound[2], outbound[2];

	ages_of_ss(port, &inbound[0], &outbound[0]);
	scan(source, ages);
	ages_of_ss(port, &inbound[1], &outbound[1]);
	check_between(inbound[0], ages->inbound.oldest, inbound[1]);
	check_between(outbound[0], ages->outbound.oldest, outbound[1]);
}

static unsigned port_of(int listener)
{
	struct sockaddr_in6 address;
	socklen_t size = sizeof(address);

	CHECK_EQUAL(0, getsockname(listener, (struct sockaddr *)&address, &size));
	return ntohs(address.sin6_port);
}

TEST(the_oldest_is_as_old_as_in_ss_by_listener_and_outbound)
{
	struct pair pairs[6];
	struct ages ages;
	int listener;

	start_every_source();
	listener = pairs_listen(AF_INET);
	CHECK(listener >= 0);
	for (int i = 0; i < 6; i++)
		CHECK(pairs_open(listener, &pairs[i]));
	CHECK_EQUAL(0, shutdown(pairs[0].client, SHUT_WR));
	usleep(700000);
	CHECK_EQUAL(0, shutdown(pairs[1].client, SHUT_WR));
	CHECK_EQUAL(0, shutdown(pairs[2].server, SHUT_WR));
	usleep(300000);
	CHECK_EQUAL(0, shutdown(pairs[3].server, SHUT_WR));
	for (size_t i = 0; i < SOURCES; i++) {
		if (sources[i] == SYNOPTIC_SOURCE_BPF && !has_bpf)
			continue;
		check_source(sources[i], port_of(listener), &ages);
		CHECK(ages.inbound.oldest + SLACK >= 1000);
		CHECK(ages.outbound.oldest + SLACK >= 300 && ages.outbound.oldest < ages.inbound.oldest);
		CHECK_EQUAL(0, ages.inbound.over_one_minute + ages.outbound.over_one_minute);
	}
	for (int i = 0; i < 6; i++)
		pairs_close(&pairs[i]);
	close(listener);
}

TEST(without_such_a_connection_the_oldest_is_0)
{
	struct ages ages;

	start_every_source();
	fill((char[8][64]){ "ipv4:fin_wait1=2", "ipv6:established=3", "ipv4:last_ack=2" });
	for (size_t i = 0; i < SOURCES; i++) {
		static const struct ages none;

		if (sources[i] == SYNOPTIC_SOURCE_BPF && !has_bpf)
			continue;
		scan(sources[i], &ages);
		CHECK_EQUAL(0, memcmp(&none, &ages, sizeof(none)));
	}
	children_end();
}

/* The second are more than are asked for one by one. */
TEST(connections_of_every_family_few_or_many_have_an_age)
{
	static const char *const families[] = { "ipv4", "ipv6", "mapped" };
	static const int counts[] = { 3, 700 };
	char populations[8][64] = { "" };
	struct ages ages;

	for (int i = 0; i < 6; i++) {
		start_every_source();
		snprintf(populations[0], sizeof(*populations), "%s:close_wait=%d", families[i / 2],
			 counts[i % 2]);
		fill(populations);
		usleep(300000);
		for (size_t j = 0; j < SOURCES; j++) {
			if (sources[j] == SYNOPTIC_SOURCE_BPF && !has_bpf)
				continue;
			check_source(sources[j], 0, &ages);
			CHECK(ages.outbound.oldest + SLACK >= 300);
		}
		children_end();
	}
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

TEST(an_answer_to_keepalive_sets_the_age_back)
{
	struct pair pair;
	struct ages ages;
	int listener;

	start_every_source();
	listener = pairs_listen(AF_INET6);
	CHECK(listener >= 0 && pairs_open(listener, &pair));
	CHECK_EQUAL(0, shutdown(pair.client, SHUT_WR));
	CHECK_EQUAL(0, set(pair.server, IPPROTO_TCP, TCP_KEEPIDLE, 1));
	CHECK_EQUAL(0, set(pair.server, IPPROTO_TCP, TCP_KEEPINTVL, 1));
	CHECK_EQUAL(0, set(pair.server, SOL_SOCKET, SO_KEEPALIVE, 1));
	usleep(2500000);
	for (size_t i = 0; i < SOURCES; i++) {
		if (sources[i] == SYNOPTIC_SOURCE_BPF && !has_bpf)
			continue;
		check_source(sources[i], port_of(listener), &ages);
		CHECK(ages.inbound.oldest < 2000);
	}
	pairs_close(&pair);
	close(listener);
}

TEST(through_proc_ages_are_unknown_with_and_without_such_a_connection)
{
	const struct synoptic_namespace *row;

	for (int i = 0; i < 2; i++) {
		start_every_source();
		if (i == 1)
			fill((char[8][64]){ "ipv4:close_wait=2" });
		CHECK_EQUAL(0, synoptic_scan(SYNOPTIC_SOURCE_PROC, "/proc/thread-self", TIMEOUT_MS,
					     buffer, sizeof(buffer), 8));
		row = table_row(snapshot, SYNOPTIC_NAMESPACES, 0);
		CHECK_EQUAL(0, row->known & SYNOPTIC_KNOWN_AGES);
		CHECK_EQUAL(0, row->outbound_close_wait.oldest);
	}
	children_end();
}

TEST(after_a_minute_a_connection_is_older_than_one)
{
	struct ages ages;

	if (!test_is_long())
		SKIP("takes a minute: SYNOPTIC_LONG=1");
	start_every_source();
	fill((char[8][64]){ "ipv4:close_wait=4" });
	sleep(59);
	fill((char[8][64]){ "ipv6:close_wait=3" });
	sleep(2);
	for (size_t i = 0; i < SOURCES; i++) {
		if (sources[i] == SYNOPTIC_SOURCE_BPF && !has_bpf)
			continue;
		check_source(sources[i], 0, &ages);
		CHECK_EQUAL(4, ages.outbound.over_one_minute);
		CHECK_EQUAL(0, ages.outbound.over_ten_minutes);
	}
	children_end();
}

MAIN()
