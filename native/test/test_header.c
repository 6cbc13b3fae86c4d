/* A scan that fails, for whatever reason, leaves a header with empty tables, never those of the last. */
#include "synoptic.h"

#include "test.h"

#include <errno.h>

static _Alignas(8) char buffer[1 << 18];
static const struct synoptic_snapshot *snapshot = (const void *)buffer;

/* What somebody has counted before. */
static void fill(void)
{
	memset(buffer, 0x55, sizeof(buffer));
}

static void check_header(int status)
{
	CHECK(status < 0);
	CHECK_EQUAL(SYNOPTIC_ABI, snapshot->abi);
	CHECK_EQUAL(sizeof(*snapshot), snapshot->size);
	CHECK_EQUAL(SYNOPTIC_TABLES, snapshot->tables);
	CHECK_EQUAL(0, snapshot->scanned_sockets);
	for (int i = 0; i < SYNOPTIC_TABLES; i++)
		CHECK_EQUAL(0, snapshot->table[i].count);
	for (int i = 0; i < SYNOPTIC_REJECTIONS; i++)
		CHECK_EQUAL(0, snapshot->rejected_messages[i]);
	fill();
}

static int scan(int source, const char *procfs, uint32_t timeout_ms, size_t size, uint32_t owners)
{
	return synoptic_scan(source, procfs, timeout_ms, buffer, size, owners);
}

TEST(a_scan_that_can_not_be_asked_for_leaves_empty_tables)
{
	fill();
	check_header(scan(SYNOPTIC_SOURCE_AUTO, "/proc", 0, sizeof(buffer), 0));
	check_header(scan(SYNOPTIC_SOURCE_AUTO, NULL, 1, sizeof(buffer), 0));
	check_header(scan(SYNOPTIC_SOURCE_BPF, "/proc", 1, sizeof(buffer), 0));
	check_header(scan(99, "/proc", 1, sizeof(buffer), 0));
	check_header(scan(SYNOPTIC_SOURCE_AUTO, "/proc", 1, sizeof(*snapshot), 0));
	check_header(scan(SYNOPTIC_SOURCE_AUTO, "/proc", 1, sizeof(buffer), 65535));
	check_header(synoptic_scan_listeners(99, "/proc", 1, buffer, sizeof(buffer)));
	check_header(synoptic_scan_node(-1, -1, 0, buffer, sizeof(buffer), 0, 1));
	check_header(synoptic_scan_node(-1, -1, 1, buffer, sizeof(buffer), 0, 0));
}

TEST(a_scan_that_fails_leaves_empty_tables)
{
	fill();
	check_header(scan(SYNOPTIC_SOURCE_PROC, "/nonexistent", 1000, sizeof(buffer), 0));
	check_header(synoptic_scan_node(-1, -1, 1000, buffer, sizeof(buffer), 0, 1));
	check_header(synoptic_scan_node_listeners(-1, -1, 1000, buffer, sizeof(buffer), 1));
}

MAIN()
