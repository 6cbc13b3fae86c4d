/* Which process a namespace is named by. */
#include "synoptic.h"

#include "places.h"

#include <pthread.h>

static uint32_t named_by(uint64_t netns)
{
	const struct synoptic_namespace *row;

	node_scan();
	row = node_namespace(netns);
	CHECK(row);
	return row->pid;
}

static pid_t fork_one_that_waits(void)
{
	pid_t child = children_fork();

	if (child == 0)
		for (;;)
			pause();
	return child;
}

/* The next process gets the number behind it, or one of the next that are free. */
static bool set_last_number(pid_t number)
{
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	bool set = fd >= 0 && dprintf(fd, "%d\n", (int)number) > 0;

	if (fd >= 0)
		close(fd);
	return set;
}

/* Numbers are given out again: who was started first may have the highest. */
TEST(the_first_process_is_the_one_that_was_started_first_whatever_its_number)
{
	pid_t first, second, last;

	start();
	make_place(0);
	if (!set_last_number(20000))
		SKIP("numbers of processes can not be chosen here");
	first = fork_one_that_waits();
	CHECK(set_last_number(first / 2));
	second = fork_one_that_waits();
	CHECK(set_last_number(first));
	last = fork_one_that_waits();
	go(home);
	CHECK(second < first);
	CHECK(last > first);
	CHECK_EQUAL(first, named_by(places[0].netns));
	children_end();
	CHECK_EQUAL(0, named_by(places[0].netns));
	start();
}

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

TEST(a_thread_is_no_process_of_its_own)
{
	pid_t child;
	int ready[2];
	char done;

	start();
	make_place(0);
	CHECK_EQUAL(0, pipe2(ready, O_CLOEXEC));
	child = children_fork();
	if (child == 0) {
		pthread_t thread;

		for (int i = 0; i < 200; i++)
			if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
				_exit(1);
		if (write(ready[1], "", 1) == 1)
			wait_for_ever(NULL);
		_exit(1);
	}
	go(home);
	CHECK_EQUAL(1, read(ready[0], &done, 1));
	CHECK_EQUAL(child, named_by(places[0].netns));
	close(ready[0]);
	close(ready[1]);
	start();
}

/* It has another nsproxy, and frees the last one, thousands of times a second. */
TEST(a_process_that_moves_is_in_one_of_the_namespaces_that_it_moves_between)
{
	pid_t mover;

	start();
	make_place(0);
	make_place(0);
	make_place(0);
	if (children_fork() == 0)
		for (;;)
			if (setns(places[2].fd, CLONE_NEWNET) < 0)
				_exit(1);
	mover = children_fork();
	if (mover == 0)
		for (;;)
			if (setns(places[0].fd, CLONE_NEWNET) < 0 ||
			    setns(places[1].fd, CLONE_NEWNET) < 0)
				_exit(1);
	go(home);
	usleep(10000);
	for (int i = 0; i < 60; i++) {
		node_scan();
		CHECK(node_namespace(places[2].netns)->pid != (uint32_t)mover);
		CHECK(node_namespace(places[0].netns)->pid == (uint32_t)mover ||
		      node_namespace(places[0].netns)->pid == 0);
	}
	start();
}

MAIN()
