/* Who has called synoptic_protect() is left alone by the processes of its user, and sees itself. */
#include "synoptic.h"

#include "children.h"
#include "steal.h"

#include <grp.h>
#include <sys/mman.h>

#define USER 65528

static int *ready;

static void become_user(void)
{
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(USER, USER, USER) < 0 ||
			       setresuid(USER, USER, USER) < 0))
		_exit(1);
	/* Which setresuid has taken; root's own children have it. */
	if (prctl(PR_SET_DUMPABLE, 1) < 0)
		_exit(1);
}

/* What it reads of itself in the agent: the process' figures, scans, its own namespace. */
static bool sees_itself(void)
{
	static const char *const files[] = {
		"/proc/self/stat", "/proc/self/status", "/proc/self/limits", "/proc/self/cgroup",
		"/proc/self/mountinfo", "/proc/self/smaps_rollup", "/proc/self/fd",
		"/proc/self/net/tcp", "/proc/self/net/netstat", "/proc/self/ns/net",
		"/proc/thread-self/ns/net", "/proc/self/task",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd = open(files[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0) {
			perror(files[i]);
			return false;
		}
		close(fd);
	}
	return access("/proc/self/exe", R_OK) == 0;
}

/* A process that waits to be robbed. */
static pid_t victim(bool is_protected)
{
	pid_t child;

	ready = mmap(NULL, sizeof(*ready), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(ready != MAP_FAILED);
	child = children_fork();
	if (child == 0) {
		become_user();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		__atomic_store_n(ready, !is_protected || (synoptic_protect() == 0 && sees_itself())
						? 1 : 2, __ATOMIC_SEQ_CST);
		for (;;)
			pause();
	}
	while (__atomic_load_n(ready, __ATOMIC_SEQ_CST) == 0)
		usleep(1000);
	CHECK_EQUAL(1, *ready);
	munmap(ready, sizeof(*ready));
	return child;
}

static int ways_into(pid_t process, FILE *out)
{
	int status;
	pid_t thief = children_fork();

	if (thief == 0) {
		become_user();
		_exit(steal(process, out));
	}
	CHECK_EQUAL(thief, waitpid(thief, &status, 0));
	CHECK(WIFEXITED(status));
	child_count--;
	return WEXITSTATUS(status);
}

/* Which says so at length. */
static void need_pidfd_open(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	if (preloaded && strstr(preloaded, "vgpreload"))
		SKIP("valgrind knows no pidfd_open");
}

TEST(another_process_of_its_user_gets_at_nothing)
{
	need_pidfd_open();
	CHECK_EQUAL(0, ways_into(victim(true), stderr));
	children_end();
}

/* Else the test above would show nothing. */
TEST(unprotected_it_would)
{
	int ways;

	need_pidfd_open();
	ways = ways_into(victim(false), NULL);
	children_end();
	if (ways < 5)
		SKIP("processes of one user are kept apart here anyway, or this is qemu-user");
}

MAIN()
