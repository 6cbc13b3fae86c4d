/*
 * A walk comes to its end, whatever the tables are like and whatever becomes of them meanwhile.
 * SYNOPTIC_LONG=1 makes and removes 10,000 namespaces.
 */
#include "synoptic.h"

#include "bpf_run.h"
#include "descriptors.h"
#include "pairs.h"
#include "places.h"

#include <netinet/tcp.h>
#include <stdatomic.h>
#include <sys/mman.h>

/* More than a run has room for, in a chain that alone is longer than that. */
TEST(chains_longer_than_a_chunk_are_recorded_whole)
{
	const uint64_t *counts;

	start();
	make_place(16);
	pairs_hold(AF_INET, 6000, false);
	go(home);
	make_place(2);
	pairs_hold(AF_INET6, 6000, true);
	go(home);
	usleep(100000);
	/* Nothing comes or goes here; on the rest of the host something may. */
	for (int i = 0; i < 10 && (i == 0 || node->duplicate_sockets > 0); i++)
		node_scan();
	counts = node_namespace(places[0].netns)->sockets[SYNOPTIC_IPV4];
	CHECK_EQUAL(12000, counts[TCP_ESTABLISHED]);
	counts = node_namespace(places[1].netns)->sockets[SYNOPTIC_IPV6];
	CHECK_EQUAL(6000, counts[TCP_FIN_WAIT2]);
	CHECK_EQUAL(6000, counts[TCP_CLOSE_WAIT]);
	CHECK_EQUAL(0, node->duplicate_sockets);
	start();
}

/* How many chains of listeners were walked again, for another's end stood at theirs. */
static uint32_t rewalked_listeners(void)
{
	struct walk_order order = { .version = WALK_VERSION, .part = WALK_LISTENERS };
	struct bpf_run run;
	uint32_t sum = 0;

	CHECK_EQUAL(0, bpf_run_start(&run, node_descriptors.program, node_descriptors.records,
				     deadline_in(NODE_TIMEOUT_MS)));
	for (int chunks = 0; chunks < 1000 && !order.done; chunks++) {
		CHECK_EQUAL(0, bpf_run(&run, &order));
		sum += order.rewalked;
	}
	bpf_run_end(&run);
	CHECK(order.done);
	return sum;
}

TEST(the_chains_of_listeners_at_rest_are_walked_once)
{
	uint32_t rewalked = 1;

	start();
	make_filled_place(4, 0);
	/* Somebody else's may move. */
	for (int i = 0; i < 10 && rewalked > 0; i++)
		rewalked = rewalked_listeners();
	CHECK_EQUAL(0, rewalked);
	start();
}

/* Makes and leaves namespaces until it's ended; some with a table of their own. */
static void churn_namespaces(atomic_ulong *made)
{
	for (unsigned long i = 0;; i++) {
		if (unshare(CLONE_NEWNET) < 0)
			_exit(1);
		if (i % 3 == 0) {
			int fd = open("/proc/sys/net/ipv4/tcp_child_ehash_entries",
				      O_WRONLY | O_CLOEXEC);

			if (fd >= 0 && dprintf(fd, "64\n") < 0)
				_exit(1);
			close(fd);
		}
		*made = i + 1;
	}
}

TEST(namespaces_come_and_go_under_scans_and_none_is_kept)
{
	unsigned long many = test_is_long() ? 10000 : 300;
	atomic_ulong *made = mmap(NULL, sizeof(*made), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint32_t before, after = 0;
	int descriptors;

	start();
	CHECK(made != MAP_FAILED);
	node_scan();
	before = node->table[SYNOPTIC_NAMESPACES].count;
	descriptors = open_descriptors();
	if (children_fork() == 0)
		churn_namespaces(made);
	while (*made < many)
		node_scan();
	children_end();
	munmap(made, sizeof(*made));
	CHECK_EQUAL(descriptors, open_descriptors());
	/* The kernel clears up in its own time; others may make some meanwhile. */
	for (int i = 0; i < 300; i++) {
		node_scan();
		after = node->table[SYNOPTIC_NAMESPACES].count;
		if (after <= before + 2)
			break;
		usleep(100000);
	}
	CHECK(after <= before + 2);
}

TEST(what_is_no_program_is_an_error_and_no_count)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	start();
	CHECK(synoptic_scan_node(-1, node_descriptors.records, 1000, node_buffer,
				 sizeof(node_buffer), 0, 1) == -EBADF);
	CHECK(synoptic_scan_node(node_descriptors.program, -1, 1000, node_buffer,
				 sizeof(node_buffer), 0, 1) == -EBADF);
	CHECK(synoptic_scan_node(fd, node_descriptors.records, 1000, node_buffer,
				 sizeof(node_buffer), 0, 1) < 0);
	CHECK_EQUAL(0, node->table[SYNOPTIC_NAMESPACES].count);
	CHECK_EQUAL(0, node->scanned_sockets);
	close(fd);
}

MAIN()
