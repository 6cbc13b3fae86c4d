/* The owner of a connection, from the real kernel. */
#include "namespace.h"
#include "own_cgroup.h"
#include "pairs.h"
#include "synoptic.h"

#include <netinet/tcp.h>

#define TIMEOUT_MS 10000
#define OWNERS 8
#define PAIRS 5

static _Alignas(8) char buffer[1 << 18];

static const struct synoptic_snapshot *snapshot = (const void *)buffer;

static void scan(enum synoptic_source source)
{
	CHECK_EQUAL(0, synoptic_scan(source, "/proc", TIMEOUT_MS, buffer, sizeof(buffer), OWNERS));
}

static const struct synoptic_owner *owner(uint64_t cgroup)
{
	const struct synoptic_table *table = &snapshot->table[SYNOPTIC_OWNERS];

	for (uint32_t i = 0; i < table->count; i++) {
		const struct synoptic_owner *row =
			(const void *)(buffer + table->offset + i * table->stride);

		if (row->cgroup == cgroup)
			return row;
	}
	return NULL;
}

static const struct synoptic_listener *listener(void)
{
	CHECK_EQUAL(1, snapshot->table[SYNOPTIC_LISTENERS].count);
	return (const void *)(buffer + snapshot->table[SYNOPTIC_LISTENERS].offset);
}

/* A child in a cgroup of its own that connects `PAIRS` times to `listener` and sends, until its end. */
static void connect_from_own_cgroup(int listening)
{
	int ready[2];
	char done;

	CHECK_EQUAL(0, pipe(ready));
	if (children_fork() == 0) {
		struct pair pair;

		if (!own_cgroup_enter())
			_exit(1);
		for (int i = 0; i < PAIRS; i++)
			if (!pairs_open(listening, &pair) || send(pair.client, "hello", 5, 0) != 5)
				_exit(1);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	CHECK_EQUAL(1, read(ready[0], &done, 1));
	close(ready[0]);
}

/* Who connects opens a socket; who accepts gets one that the listener's cgroup has opened. */
TEST(a_connection_is_its_openers_and_an_accepted_one_its_listeners)
{
	uint64_t own;
	int listening;

	children_end();
	need_sock_diag();
	enter_namespace();
	own = own_cgroup_make();
	listening = pairs_listen(AF_INET);
	CHECK(listening >= 0);
	connect_from_own_cgroup(listening);
	scan(SYNOPTIC_SOURCE_SOCK_DIAG);
	CHECK(owner(own));
	CHECK_EQUAL(PAIRS, owner(own)->outbound[TCP_ESTABLISHED]);
	CHECK_EQUAL(0, owner(own)->inbound[TCP_ESTABLISHED]);
	CHECK(listener()->cgroup != 0 && listener()->cgroup != own);
	CHECK_EQUAL(PAIRS, owner(listener()->cgroup)->inbound[TCP_ESTABLISHED]);
	CHECK_EQUAL(4, snapshot->table[SYNOPTIC_OWNERS].count);
	CHECK_EQUAL(0, owner(own)->outbound_queues.receive_connections);
	CHECK_EQUAL(PAIRS, owner(listener()->cgroup)->inbound_queues.receive_connections);
	CHECK_EQUAL(5 * PAIRS, owner(listener()->cgroup)->inbound_queues.receive_bytes);
	close(listening);
	own_cgroup_remove();
}

TEST(a_timewait_socket_is_nobodys_and_still_counted)
{
	struct linger wait = { .l_onoff = 0 };
	struct connection it;

	need_sock_diag();
	enter_namespace();
	it = connect_loopback(AF_INET);
	setsockopt(it.client, SOL_SOCKET, SO_LINGER, &wait, sizeof(wait));
	CHECK_EQUAL(0, shutdown(it.client, SHUT_WR));
	CHECK_EQUAL(0, shutdown(it.server, SHUT_WR));
	close_connection(it);
	scan(SYNOPTIC_SOURCE_SOCK_DIAG);
	CHECK_EQUAL(1, owner(SYNOPTIC_OWNER_UNKNOWN)->outbound[TCP_TIME_WAIT]);
	CHECK_EQUAL(2, snapshot->table[SYNOPTIC_OWNERS].count);
}

TEST(proc_has_the_direction_and_no_cgroup)
{
	struct connection it;

	enter_namespace();
	it = connect_loopback(AF_INET6);
	scan(SYNOPTIC_SOURCE_PROC);
	CHECK_EQUAL(2, snapshot->table[SYNOPTIC_OWNERS].count);
	CHECK_EQUAL(1, owner(SYNOPTIC_OWNER_UNKNOWN)->inbound[TCP_ESTABLISHED]);
	CHECK_EQUAL(1, owner(SYNOPTIC_OWNER_UNKNOWN)->outbound[TCP_ESTABLISHED]);
	CHECK_EQUAL(0, owner(SYNOPTIC_OWNER_OTHER)->inbound[TCP_ESTABLISHED]);
	CHECK_EQUAL(0, listener()->cgroup);
	close_connection(it);
}

MAIN()
