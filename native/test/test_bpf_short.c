/*
 * Walks with a tenth of the budget that a run has, so that everything that a run can't do at once
 * needs few sockets, namespaces and processes.
 */
#include "synoptic.h"

#include "pairs.h"
#include "places.h"

#include <netinet/tcp.h>

static uint64_t established(int place)
{
	const struct synoptic_namespace *row = node_namespace(places[place].netns);

	CHECK(row);
	return row->sockets[SYNOPTIC_IPV4][TCP_ESTABLISHED];
}

/* Their ends are reached by none. */
TEST(chains_that_no_run_is_long_enough_for_are_cut_and_counted_and_the_rest_is_right)
{
	start();
	make_place(2);
	pairs_hold(AF_INET, 2500, false);
	go(home);
	make_place(4096);
	pairs_hold(AF_INET, 500, false);
	go(home);
	node_scan();
	CHECK(node->rejected_messages[SYNOPTIC_REJECTED_CHAIN] >= 1);
	CHECK(established(0) > 1000);
	CHECK(established(0) < 5000);
	CHECK_EQUAL(1000, established(1));
	start();
}

TEST(a_scan_that_takes_many_runs_is_as_right_as_one_that_takes_few)
{
	const struct synoptic_namespace *row;
	pid_t children_of[MOST_PLACES];

	start();
	for (int i = 0; i < MOST_PLACES; i++) {
		make_place(i % 10 == 9 ? 1024 : 0);
		children_of[i] = children_fork();
		if (children_of[i] == 0)
			for (;;)
				pause();
	}
	go(places[99].fd);
	pairs_hold(AF_INET, 300, false);
	go(places[98].fd);
	pairs_hold(AF_INET, 400, false);
	go(home);
	node_scan();
	for (int i = 0; i < MOST_PLACES; i++) {
		row = node_namespace(places[i].netns);
		CHECK(row);
		CHECK_EQUAL(children_of[i], row->pid);
		CHECK(row->cookie > 0);
		CHECK_EQUAL(4096, row->somaxconn);
		CHECK_EQUAL(i == 99 ? 600 : i == 98 ? 800 : 0, established(i));
	}
	CHECK_EQUAL(0, node->rejected_messages[SYNOPTIC_REJECTED_CHAIN]);
	start();
}

/* One of those that go may be where the next run was to begin. */
TEST(a_namespace_is_in_every_scan_however_many_others_go_meanwhile)
{
	for (int round = 0; round < 10; round++) {
		start();
		for (int i = 0; i < MOST_PLACES; i++)
			make_place(0);
		go(home);
		for (int i = 0; i < MOST_PLACES - 10; i++) {
			close(places[i].fd);
			places[i].fd = -1;
		}
		for (int scans = 0; scans < 30; scans++) {
			node_scan();
			for (int i = MOST_PLACES - 10; i < MOST_PLACES; i++)
				CHECK(node_namespace(places[i].netns));
		}
	}
	start();
}

/* A run may end at any bucket, also if it has met no socket so far. */
TEST(few_sockets_in_a_large_table_are_all_counted)
{
	struct pair pairs[10];
	int listener;

	start();
	make_place(65536);
	listener = pairs_listen(AF_INET);
	for (int i = 0; i < 100; i++) {
		for (int j = 0; j < 10; j++)
			CHECK(pairs_open(listener, &pairs[j]));
		node_scan();
		CHECK_EQUAL(20, established(0));
		CHECK_EQUAL(0, node->rejected_messages[SYNOPTIC_REJECTED_CHAIN]);
		for (int j = 0; j < 10; j++)
			pairs_close(&pairs[j]);
	}
	close(listener);
	start();
}

MAIN()
