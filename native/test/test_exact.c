/*
 * A scan of sockets at rest is exact: each one counted, once. SYNOPTIC_LONG=1 scans
 * 100,000 sockets a thousand times.
 */
#include "synoptic.h"

#include "own_table.h"
#include "pairs.h"

#include <netinet/tcp.h>

#define TIMEOUT_MS 60000

/*
 * The kernel takes sixteen sockets of a chain at a time and resumes it by position
 * (inet_diag_dump_icsk(), net/ipv4/inet_diag.c): chains this long are resumed often.
 */
#define SOCKETS_A_BUCKET 100

static _Alignas(8) char buffer[1 << 18];

static const struct synoptic_snapshot *snapshot = (const void *)buffer;

static const struct synoptic_namespace *row(void)
{
	return (const void *)(buffer + snapshot->table[SYNOPTIC_NAMESPACES].offset);
}

static uint64_t scan(enum synoptic_source source, enum synoptic_family family, int state)
{
	CHECK_EQUAL(0, synoptic_scan(source, "/proc", TIMEOUT_MS, buffer, sizeof(buffer), 0));
	return row()->sockets[family][state];
}

/* Every kind of pair, a fourth of the sockets each: both families, open and half closed. */
static void fill(uint32_t sockets)
{
	static const int families[] = { AF_INET, AF_INET6 };

	children_end();
	need_sock_diag();
	own_table_enter(1u << (31 - __builtin_clz(sockets / SOCKETS_A_BUCKET)));
	for (int i = 0; i < 2; i++) {
		pairs_hold(families[i], sockets / 8, false);
		pairs_hold(families[i], sockets / 8, true);
	}
	/* The FINs' acknowledgements may be delayed by 40 ms. */
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 200 && scan(SYNOPTIC_SOURCE_SOCK_DIAG, i, TCP_FIN_WAIT1); j++)
			usleep(10000);
}

static void check_exact(uint32_t sockets)
{
	static const enum synoptic_family families[] = { SYNOPTIC_IPV4, SYNOPTIC_IPV6 };

	CHECK_EQUAL(sockets, snapshot->scanned_sockets);
	CHECK_EQUAL(0, snapshot->duplicate_sockets);
	for (int i = 0; i < 2; i++) {
		const uint64_t *counts = row()->sockets[families[i]];

		CHECK_EQUAL(sockets / 4, counts[TCP_ESTABLISHED]);
		CHECK_EQUAL(sockets / 8, counts[TCP_FIN_WAIT2]);
		CHECK_EQUAL(sockets / 8, counts[TCP_CLOSE_WAIT]);
	}
}

static void check_scans(enum synoptic_source source, uint32_t sockets, int scans)
{
	fill(sockets);
	for (int i = 0; i < scans; i++) {
		scan(source, SYNOPTIC_IPV4, TCP_ESTABLISHED);
		check_exact(sockets);
	}
	children_end();
}

TEST(sock_diag_counts_each_socket_at_rest_exactly_once)
{
	if (test_is_long())
		check_scans(SYNOPTIC_SOURCE_SOCK_DIAG, 100000, 1000);
	else
		check_scans(SYNOPTIC_SOURCE_SOCK_DIAG, 8000, 200);
}

TEST(proc_counts_each_socket_at_rest_exactly_once)
{
	if (test_is_long())
		check_scans(SYNOPTIC_SOURCE_PROC, 100000, 100);
	else
		check_scans(SYNOPTIC_SOURCE_PROC, 8000, 20);
}

MAIN()
