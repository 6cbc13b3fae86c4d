/* Which user a network namespace belongs to. */
#include "synoptic.h"

#include "places.h"

#define USER 54321

static void become(uid_t uid)
{
	if (setresuid(uid, uid, uid) < 0)
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* In a user namespace of USER's, as one of the hundred users that are mapped into it. */
static void make_inside(int output)
{
	uint64_t netns;

	become(USER);
	if (unshare(CLONE_NEWUSER) < 0)
		_exit(1);
	raise(SIGSTOP);
	become(7);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		_exit(1);
	netns = netns_number(netns_open());
	if (write(output, &netns, sizeof(netns)) < 0)
		_exit(1);
	for (;;)
		pause();
}

static void write_map(pid_t child, const char *name, const char *line)
{
	char path[32];
	FILE *map;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)child, name);
	map = fopen(path, "we");
	CHECK(map);
	fputs(line, map);
	CHECK_EQUAL(0, fclose(map));
}

static uint64_t made_by_another_of_its_users(void)
{
	int output[2], status;
	uint64_t netns = 0;
	pid_t child;

	CHECK_EQUAL(0, pipe2(output, O_CLOEXEC));
	child = children_fork();
	if (child == 0)
		make_inside(output[1]);
	close(output[1]);
	CHECK_EQUAL(child, waitpid(child, &status, WUNTRACED));
	if (!WIFSTOPPED(status))
		SKIP("no user namespace can be made here");
	write_map(child, "uid_map", "0 54321 100\n");
	write_map(child, "gid_map", "0 0 1\n");
	kill(child, SIGCONT);
	CHECK_EQUAL(sizeof(netns), (size_t)read(output[0], &netns, sizeof(netns)));
	close(output[0]);
	return netns;
}

static uint32_t owner_of(uint64_t netns)
{
	const struct synoptic_namespace *row;

	node_scan();
	row = node_namespace(netns);
	CHECK(row);
	return row->owner_uid;
}

TEST(a_namespace_that_root_makes_is_root_s)
{
	start();
	make_place(0);
	go(home);
	CHECK_EQUAL(0, owner_of(places[0].netns));
	CHECK_EQUAL(0, owner_of(netns_number(home)));
	start();
}

TEST(one_in_a_user_s_own_user_namespace_is_that_user_s_whichever_of_his_users_makes_it)
{
	start();
	CHECK_EQUAL(USER, owner_of(made_by_another_of_its_users()));
	start();
}

MAIN()
