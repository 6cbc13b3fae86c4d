/* What the launcher starts reads what is counted, and can do nothing else with it. */
#include "synoptic.h"

#include "counting.h"
#include "launched.h"

#include <linux/bpf.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define USER 65534

/* The exit status of this program under the launcher. */
enum { AS_EXPECTED = 10, NO_DESCRIPTORS, NOT_READ, NOT_COUNTED, NOT_REFUSED, NOT_SCANNED };

static bool take_descriptors(void)
{
	const char *descriptors = getenv("SYNOPTIC_HANDSHAKES");

	return descriptors && !getenv("SYNOPTIC_HANDSHAKES_FAILURE") &&
	       sscanf(descriptors, "%d,%d,%d", &counting.map, &counting.events, &counting.forget) == 3;
}

static bool scans(void)
{
	const char *descriptors = getenv("SYNOPTIC_BPF");

	return descriptors && !getenv("SYNOPTIC_BPF_FAILURE") &&
	       sscanf(descriptors, "%d,%d", &node_descriptors.program,
		      &node_descriptors.records) == 2 &&
	       node_scan_once() == 0;
}

static bool reads(void)
{
	return synoptic_read_handshakes(counting.map, counting.events, counting.forget, "/proc",
					counting_buffer, sizeof(counting_buffer)) == 0 &&
	       counted->keys.count >= 2 && counted->missed_events != UINT64_MAX;
}

static bool counts(void)
{
	struct sockaddr_in6 loopback = ipv4_address(INADDR_LOOPBACK, 0);
	int listener = listen_at(&loopback, 8);

	close(connect_to(&loopback));
	close(accept_from(listener));
	close(listener);
	return reads() && inbound(&loopback)->opened == 1;
}

/* With all that it has been given. */
static bool all_else_is_refused(void)
{
	static struct synoptic_handshake_counts value;
	struct synoptic_handshake_key key = { 0 };
	union bpf_attr element = { .map_fd = (uint32_t)counting.map, .key = (uintptr_t)&key,
				   .value = (uintptr_t)&value };
	union bpf_attr attach = { .raw_tracepoint = { .prog_fd = (uint32_t)counting.events } };
	union bpf_attr link = { .link_create = { .prog_fd = (uint32_t)counting.events } };
	const struct {
		int command;
		union bpf_attr *attr;
	} calls[] = {
		{ BPF_MAP_LOOKUP_ELEM, &element }, { BPF_MAP_UPDATE_ELEM, &element },
		{ BPF_MAP_DELETE_ELEM, &element }, { BPF_MAP_GET_NEXT_KEY, &element },
		{ BPF_RAW_TRACEPOINT_OPEN, &attach }, { BPF_LINK_CREATE, &link },
		{ BPF_LINK_UPDATE, &link }, { BPF_LINK_DETACH, &link },
		{ BPF_OBJ_GET_INFO_BY_FD, &element }, { BPF_OBJ_PIN, &element },
	};
	union bpf_attr run = { .test = { .prog_fd = (uint32_t)counting.events } };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (syscall(SYS_bpf, calls[i].command, calls[i].attr, sizeof(union bpf_attr)) != -1 ||
		    errno != EPERM)
			return false;
	return syscall(SYS_bpf, BPF_PROG_TEST_RUN, &run, sizeof(run)) == -1;
}

static int read_as_nobody(void)
{
	if (getuid() != USER || !take_descriptors())
		return NO_DESCRIPTORS;
	if (synoptic_protect() != 0 || !reads())
		return NOT_READ;
	if (!all_else_is_refused())
		return NOT_REFUSED;
	return counts() ? AS_EXPECTED : NOT_COUNTED;
}

/* Starts the rest of the arguments, and nothing that they start can attach a program. */
static int start_without_attaching(char **arguments)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_LINK_CREATE, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_RAW_TRACEPOINT_OPEN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = 7, .filter = filter };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0)
		execv(arguments[0], arguments);
	return 1;
}

static int obey(char **arguments)
{
	const char *order = arguments[0], *failure = getenv("SYNOPTIC_HANDSHAKES_FAILURE");

	if (strcmp(order, "read as nobody") == 0)
		return scans() ? read_as_nobody() : NOT_SCANNED;
	if (strcmp(order, "read without scans") == 0)
		return getenv("SYNOPTIC_BPF") || getenv("SYNOPTIC_BPF_FAILURE") ? NOT_SCANNED
										 : read_as_nobody();
	if (strcmp(order, "scan alone") == 0)
		return !scans() ? NOT_SCANNED
		       : !getenv("SYNOPTIC_HANDSHAKES") && failure && strcmp(failure, "permission") == 0
			       ? AS_EXPECTED
			       : NO_DESCRIPTORS;
	if (strcmp(order, "nothing") == 0)
		return getenv("SYNOPTIC_HANDSHAKES") || failure ? NO_DESCRIPTORS : AS_EXPECTED;
	return start_without_attaching(arguments + 1);
}

static void start_alone(void)
{
	find_launcher();
	need_root();
	counting_start();
	make_place(1024);
}

TEST(as_nobody_without_a_capability_it_reads_what_is_counted_and_nothing_else)
{
	char *arguments[] = { launcher, "--bpf", "--handshakes", "--user=65534", self, "read as nobody",
			      NULL };

	start_alone();
	CHECK_EQUAL(AS_EXPECTED, run_as(0, arguments));
	CHECK_EQUAL(0, strlen(said));
	start();
}

TEST(handshakes_need_no_scans)
{
	char *arguments[] = { launcher, "--handshakes", "--user=65534", self, "read without scans",
			      NULL };

	start_alone();
	CHECK_EQUAL(AS_EXPECTED, run_as(0, arguments));
	start();
}

TEST(where_nothing_can_be_attached_scans_work_all_the_same)
{
	char *arguments[] = { self, "without attaching", launcher, "--bpf", "--handshakes",
			      "--user=65534", self, "scan alone", NULL };

	start_alone();
	CHECK_EQUAL(AS_EXPECTED, run_as(0, arguments));
	CHECK_EQUAL(0, strlen(said));
	start();
}

TEST(what_the_environment_says_of_handshakes_is_not_passed_on)
{
	char *arguments[] = { launcher, self, "nothing", NULL };

	find_launcher();
	setenv("SYNOPTIC_HANDSHAKES", "0,1,2", 1);
	setenv("SYNOPTIC_HANDSHAKES_FAILURE", "made up", 1);
	CHECK_EQUAL(AS_EXPECTED, run_as(geteuid(), arguments));
	unsetenv("SYNOPTIC_HANDSHAKES");
	unsetenv("SYNOPTIC_HANDSHAKES_FAILURE");
}

/* Not return: what looks for leaks at the end does so with ptrace. */
int main(int argc, char **argv)
{
	if (argc > 1)
		_exit(obey(argv + 1));
	return run_tests("test_handshakes_launched");
}
