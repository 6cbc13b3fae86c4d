/* What the launcher starts has no privilege, and can't get one back. */
#include "synoptic.h"

#include "node.h"
#include "children.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define USER 65534

/* What the program under the launcher answers: its exit status. */
enum { HELPLESS = 10, PRIVILEGED = 11, BLIND = 12, FOREIGN = 13 };

static char self[PATH_MAX], launcher[PATH_MAX + 32];
/* By the last one, to stderr. */
static char said[16384];

static void find_launcher(void)
{
	char folder[PATH_MAX];

	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	memcpy(folder, self, sizeof(folder));
	snprintf(launcher, sizeof(launcher), "%s/synoptic-launcher", dirname(folder));
}

/* Starts as `user` what the arguments say, and keeps what it has said to stderr. */
static int run_as(uid_t user, char **arguments)
{
	int status, errors = memfd_create("errors", MFD_CLOEXEC);
	pid_t pid;

	CHECK(errors >= 0);
	pid = children_fork();
	if (pid == 0) {
		if (dup2(errors, STDERR_FILENO) < 0 || setresuid(user, user, user) < 0)
			_exit(1);
		execv(arguments[0], arguments);
		_exit(errno == ENOEXEC ? FOREIGN : 1);
	}
	CHECK_EQUAL(pid, waitpid(pid, &status, 0));
	child_count--;
	memset(said, 0, sizeof(said));
	CHECK(pread(errors, said, sizeof(said) - 1, 0) >= 0);
	close(errors);
	CHECK(WIFEXITED(status));
	if (WEXITSTATUS(status) == FOREIGN)
		SKIP("this program is another machine's, and so can't start one (qemu-user)");
	return WEXITSTATUS(status);
}

static int run(const char *first, const char *second, const char *order)
{
	char *arguments[6] = { launcher };
	int count = 1;

	if (first)
		arguments[count++] = (char *)first;
	if (second)
		arguments[count++] = (char *)second;
	if (order) {
		arguments[count++] = self;
		arguments[count++] = (char *)order;
	}
	return run_as(geteuid(), arguments);
}

static bool has_capabilities(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	unsigned long long value, all = 0;
	int lines = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Cap%*3c: %llx", &value) == 1) {
			all |= value;
			lines++;
		}
	return lines != 5 || all != 0;
}

/* Every way up that there is. Returns whether one led there. */
static bool regain(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct all[2] = {
		{ ~0u, ~0u, ~0u }, { ~0u, ~0u, ~0u },
	};
	union bpf_attr programs = { .start_id = 0 };
	bool led = false;

	led |= syscall(SYS_capset, &header, all) == 0;
	led |= prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_BPF, 0, 0) == 0;
	led |= prctl(PR_SET_SECUREBITS, 0) == 0;
	led |= prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
	led |= prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
	led |= syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &programs, sizeof(programs)) == 0;
	led |= unshare(CLONE_NEWNET) == 0;
	return led || has_capabilities();
}

static bool is_nobody(void)
{
	return setuid(0) < 0 && setgid(0) < 0 && getuid() == USER && geteuid() == USER &&
	       getegid() == USER && getgroups(0, NULL) == 0;
}

static int scan_as_handed_over(void)
{
	const char *descriptors = getenv("SYNOPTIC_BPF");

	if (!descriptors || getenv("SYNOPTIC_BPF_FAILURE") ||
	    sscanf(descriptors, "%d,%d", &node_descriptors.program,
		   &node_descriptors.records) != 2)
		return BLIND;
	return node_scan_once() == 0 && node->table[SYNOPTIC_NAMESPACES].count > 0 ? HELPLESS
										   : BLIND;
}

/* This program, as the launcher starts it. */
static int obey(const char *order)
{
	if (strcmp(order, "regain") == 0)
		return regain() ? PRIVILEGED : HELPLESS;
	if (strcmp(order, "scan as nobody") == 0)
		return regain() || !is_nobody() ? PRIVILEGED : scan_as_handed_over();
	if (strcmp(order, "expect failure") == 0)
		return !getenv("SYNOPTIC_BPF") && getenv("SYNOPTIC_BPF_FAILURE") ? HELPLESS : BLIND;
	if (strcmp(order, "expect nothing") == 0)
		return !getenv("SYNOPTIC_BPF") && !getenv("SYNOPTIC_BPF_FAILURE") ? HELPLESS : BLIND;
	return 1;
}

static void need_root(void)
{
	if (geteuid() != 0)
		SKIP("only root has something to lose");
}

TEST(root_loses_every_capability_and_gets_none_back)
{
	find_launcher();
	need_root();
	CHECK_EQUAL(HELPLESS, run(NULL, NULL, "regain"));
}

TEST(as_nobody_without_a_capability_it_still_scans_all_namespaces)
{
	find_launcher();
	need_root();
	node_load();
	CHECK_EQUAL(HELPLESS, run("--bpf", "--user=65534", "scan as nobody"));
}

TEST(who_may_not_load_is_started_all_the_same_and_told)
{
	char *arguments[] = { launcher, "--bpf", self, "expect failure", NULL };

	find_launcher();
	CHECK_EQUAL(HELPLESS, run_as(geteuid() == 0 ? USER : geteuid(), arguments));
	CHECK_EQUAL(0, strlen(said));
}

/* The launcher with another program, which writes to an address of its own making. */
TEST(what_the_verifier_says_of_a_program_it_refuses_is_shown)
{
	char refused[sizeof(launcher) + 16];
	char *arguments[] = { refused, "--bpf", self, "expect failure", NULL };

	find_launcher();
	need_root();
	node_load();
	snprintf(refused, sizeof(refused), "%s-refused", launcher);
	CHECK_EQUAL(HELPLESS, run_as(geteuid(), arguments));
	CHECK(strstr(said, "the BPF program could not be loaded: verifier"));
	CHECK(strstr(said, "invalid mem access"));
}

TEST(what_the_environment_says_of_descriptors_is_not_passed_on)
{
	find_launcher();
	setenv("SYNOPTIC_BPF", "0,1", 1);
	setenv("SYNOPTIC_BPF_FAILURE", "made up", 1);
	CHECK_EQUAL(HELPLESS, run(NULL, NULL, "expect nothing"));
	unsetenv("SYNOPTIC_BPF");
	unsetenv("SYNOPTIC_BPF_FAILURE");
}

TEST(wrong_options_start_nothing)
{
	find_launcher();
	CHECK_EQUAL(2, run(NULL, NULL, NULL));
	CHECK_EQUAL(2, run("--user=", NULL, "regain"));
	CHECK_EQUAL(2, run("--user=-1", NULL, "regain"));
	CHECK_EQUAL(2, run("--user=4294967295", NULL, "regain"));
	CHECK_EQUAL(2, run("--root", NULL, "regain"));
	CHECK_EQUAL(127, run("/nonexistent", NULL, NULL));
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return obey(argv[1]);
	return run_tests("test_launcher");
}
