/* /proc/net/tcp of kernels that list listeners among other sockets: every order means the same. */
#include "synoptic.h"
#include "test.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define TIMEOUT_MS 10000
#define TITLE \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
#define REST " 00000000:00000000 00:00000000 00000000     0        0 "

static _Alignas(8) char buffer[1 << 18];
static const struct synoptic_snapshot *snapshot = (const void *)buffer;

static const void *row(enum synoptic_table_number table, uint32_t number)
{
	CHECK(number < snapshot->table[table].count);
	return buffer + snapshot->table[table].offset + number * snapshot->table[table].stride;
}

static const struct synoptic_namespace *counts(void)
{
	return row(SYNOPTIC_NAMESPACES, 0);
}

static const struct synoptic_listener *listener(const char *address, uint16_t port)
{
	for (uint32_t i = 0; i < snapshot->table[SYNOPTIC_LISTENERS].count; i++) {
		const struct synoptic_listener *it = row(SYNOPTIC_LISTENERS, i);
		char text[INET_ADDRSTRLEN];

		inet_ntop(AF_INET, it->address, text, sizeof(text));
		if (it->port == port && strcmp(text, address) == 0)
			return it;
	}
	fprintf(stderr, "no listener %s:%u\n", address, port);
	CHECK(false);
	return NULL;
}

static void scan_all(const char *procfs)
{
	CHECK_EQUAL(0, synoptic_scan(SYNOPTIC_SOURCE_PROC, procfs, TIMEOUT_MS, buffer,
				     sizeof(buffer), 0));
}

static void scan_listeners(const char *procfs)
{
	CHECK_EQUAL(0, synoptic_scan_listeners(SYNOPTIC_SOURCE_PROC, procfs, TIMEOUT_MS, buffer,
					       sizeof(buffer)));
}

TEST(an_unordered_table_has_all_its_listeners_in_every_scan)
{
	scan_listeners(FIXTURES "/unordered");
	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(3, snapshot->table[SYNOPTIC_LISTENERS].count);
		listener("0.0.0.0", 8080);
		listener("0.0.0.0", 9090);
		listener("127.0.0.1", 9901);
		scan_all(FIXTURES "/unordered");
	}
	CHECK_EQUAL(7, snapshot->scanned_sockets);
	CHECK_EQUAL(0, snapshot->duplicate_sockets);
	CHECK_EQUAL(1, listener("0.0.0.0", 8080)->connections[TCP_ESTABLISHED]);
	CHECK_EQUAL(1, listener("0.0.0.0", 8080)->connections[TCP_CLOSE_WAIT]);
	CHECK_EQUAL(1, counts()->outbound[TCP_ESTABLISHED]);
}

TEST(request_sockets_among_listeners_belong_to_theirs)
{
	scan_listeners(FIXTURES "/requests-among-listeners");
	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(3, snapshot->table[SYNOPTIC_LISTENERS].count);
		listener("0.0.0.0", 80);
		listener("0.0.0.0", 22);
		listener("127.0.0.1", 3306);
		scan_all(FIXTURES "/requests-among-listeners");
	}
	CHECK_EQUAL(6, snapshot->scanned_sockets);
	CHECK_EQUAL(1, listener("0.0.0.0", 80)->connections[TCP_SYN_RECV]);
	CHECK_EQUAL(1, listener("0.0.0.0", 80)->connections[TCP_ESTABLISHED]);
	CHECK_EQUAL(1, listener("0.0.0.0", 80)->connections[TCP_TIME_WAIT]);
	CHECK_EQUAL(0, counts()->outbound[TCP_SYN_RECV]);
}

static const char *const lines[] = {
	"   1: 00000000:1F90 00000000:0000 0A" REST "41 1\n",
	"   2: 0100007F:26AD 00000000:0000 0A" REST "42 1\n",
	"   3: 0901040A:1F90 0702040A:9CA4 01" REST "43 1\n",
	"   4: 0901040A:1F90 0702040A:9CA5 03" REST "0 1\n",
	"   5: 0901040A:94E2 0100080A:01BB 01" REST "44 1\n",
	"   6: 00000000:0000 00000000:0000 07" REST "45 1\n",
};

#define LINES (sizeof(lines) / sizeof(*lines))

/* A procfs for a net/tcp of the test; removed after use. */
static char procfs[] = "/tmp/synoptic-order-XXXXXX";
static char net[sizeof(procfs) + 8], tcp[sizeof(procfs) + 16];

static void remove_procfs(void)
{
	unlink(tcp);
	rmdir(net);
	rmdir(procfs);
}

static void make_procfs(void)
{
	CHECK(mkdtemp(procfs) != NULL);
	snprintf(net, sizeof(net), "%s/net", procfs);
	snprintf(tcp, sizeof(tcp), "%s/net/tcp", procfs);
	atexit(remove_procfs);
	CHECK_EQUAL(0, mkdir(net, 0700));
}

static void check_order(const char *text)
{
	FILE *file = fopen(tcp, "w");

	CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
	scan_listeners(procfs);
	CHECK_EQUAL(2, snapshot->scanned_sockets);
	CHECK_EQUAL(2, snapshot->table[SYNOPTIC_LISTENERS].count);
	scan_all(procfs);
	CHECK_EQUAL(LINES, snapshot->scanned_sockets);
	CHECK_EQUAL(0, snapshot->duplicate_sockets);
	CHECK_EQUAL(2, snapshot->table[SYNOPTIC_LISTENERS].count);
	CHECK_EQUAL(1, listener("0.0.0.0", 8080)->connections[TCP_ESTABLISHED]);
	CHECK_EQUAL(1, listener("0.0.0.0", 8080)->connections[TCP_SYN_RECV]);
	CHECK_EQUAL(0, listener("127.0.0.1", 9901)->connections[TCP_ESTABLISHED]);
	CHECK_EQUAL(1, counts()->outbound[TCP_ESTABLISHED]);
	CHECK_EQUAL(1, counts()->sockets[SYNOPTIC_IPV4][TCP_CLOSE]);
	/* The socket that isn't bound has no destination. */
	CHECK_EQUAL(1, snapshot->table[SYNOPTIC_DESTINATIONS].count);
}

/* The line that comes first is each of them in turn, and so on. Returns how many orders. */
static int check_orders(const char *const *left, size_t count, const char *before)
{
	char text[2048];
	int orders = 0;

	if (count == 0) {
		check_order(before);
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		const char *rest[LINES];
		size_t kept = 0;

		for (size_t j = 0; j < count; j++)
			if (j != i)
				rest[kept++] = left[j];
		snprintf(text, sizeof(text), "%s%s", before, left[i]);
		orders += check_orders(rest, kept, text);
	}
	return orders;
}

TEST(lines_mean_the_same_in_every_order)
{
	make_procfs();
	CHECK_EQUAL(720, check_orders(lines, LINES, TITLE));
}

TEST(unbound_sockets_that_look_the_same_are_no_repeats)
{
	FILE *file = fopen(tcp, "w");

	CHECK(file && fputs(TITLE, file) >= 0);
	for (int i = 0; i < 5; i++)
		CHECK(fputs("   0: 00000000:0000 00000000:0000 07" REST "0 1\n", file) >= 0);
	CHECK_EQUAL(0, fclose(file));
	scan_all(procfs);
	CHECK_EQUAL(5, snapshot->scanned_sockets);
	CHECK_EQUAL(0, snapshot->duplicate_sockets);
	CHECK_EQUAL(5, counts()->sockets[SYNOPTIC_IPV4][TCP_CLOSE]);
	CHECK_EQUAL(0, counts()->busiest_destination_ports);
}

MAIN()
