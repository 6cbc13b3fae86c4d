/* What the launcher starts can pass on nothing that it was given. */
#include "launched.h"

#include <linux/bpf.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { CONFINED = 10, FREE = 11 };

/* With arguments that are wrong: a filter refuses first. */
static const struct call {
	const char *name;
	long number;
	long argument[6];
} calls[] = {
	{ "ptrace", SYS_ptrace, { 2 } },
	{ "process_vm_readv", SYS_process_vm_readv, { 0, 0, 0, 0, 0, 1 } },
	{ "process_vm_writev", SYS_process_vm_writev, { 0, 0, 0, 0, 0, 1 } },
	{ "pidfd_getfd", SYS_pidfd_getfd, { -1 } },
	{ "kcmp", SYS_kcmp, { 0 } },
	{ "sendmsg", SYS_sendmsg, { -1 } },
	{ "sendmmsg", SYS_sendmmsg, { -1 } },
	{ "io_uring_setup", SYS_io_uring_setup, { 0 } },
	{ "io_uring_enter", SYS_io_uring_enter, { -1 } },
	{ "io_uring_register", SYS_io_uring_register, { -1 } },
	{ "perf_event_open", SYS_perf_event_open, { 0 } },
	{ "userfaultfd", SYS_userfaultfd, { -1 } },
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static bool is_refused(long number, const long *argument)
{
	errno = 0;
	return syscall(number, argument[0], argument[1], argument[2], argument[3], argument[4],
		       argument[5]) == -1 && errno == EPERM;
}

static int all_calls_are(bool refused)
{
	int others = 0;

	for (size_t i = 0; i < CALLS; i++)
		if (is_refused(calls[i].number, calls[i].argument) != refused) {
			fprintf(stderr, "%s: %s\n", calls[i].name, refused ? "allowed" : "refused");
			others++;
		}
	return others;
}

/* More commands than there are; the kernel looks at the lower half alone. */
static int all_bpf_commands_but_two_are_refused(void)
{
	union bpf_attr attr = { .test.prog_fd = ~0u };
	int others = 0;

	for (long command = 0; command < 128; command++)
		for (long high = 0; high < 2; high++) {
			long argument[6] = { high << 32 | command, (long)&attr, sizeof(attr) };
			bool allowed = command == BPF_PROG_TEST_RUN || command == BPF_MAP_LOOKUP_BATCH;

			if (is_refused(SYS_bpf, argument) == allowed) {
				fprintf(stderr, "bpf command %ld: %s\n", command, strerror(errno));
				others++;
			}
		}
	return others;
}

/* To a process that would take it. */
static int no_descriptor_is_passed_on(void)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int ends[2];

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return 1;
	return sendmsg(ends[0], &message, 0) != -1 || errno != EPERM;
}

#ifdef __x86_64__
static void not_of_this_kernel(int signal_number)
{
	(void)signal_number;
	_exit(CONFINED);
}

/* getpid() of i386, which is 20, and of x32. A kernel without i386 answers with SIGSEGV. */
static int other_architectures_are_refused(void)
{
	long none[6] = { 0 }, result;

	if (!is_refused(0x40000000 | SYS_getpid, none))
		return 1;
	signal(SIGSEGV, not_of_this_kernel);
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
	return (int)result != -EPERM;
}
#else
static int other_architectures_are_refused(void)
{
	return 0;
}
#endif

/* This program, started by the launcher or without it. */
static int obey(const char *order)
{
	if (strcmp(order, "expect freedom") == 0)
		return all_calls_are(false) == 0 ? FREE : 1;
	return all_calls_are(true) == 0 && all_bpf_commands_but_two_are_refused() == 0 &&
	       no_descriptor_is_passed_on() == 0 && other_architectures_are_refused() == 0
		? CONFINED : 1;
}

TEST(it_can_not_use_bpf_but_for_running_and_reading_nor_reach_into_others_nor_pass_on_a_descriptor)
{
	char *arguments[] = { launcher, self, "expect confinement", NULL };

	find_launcher();
	if (run_as(geteuid(), arguments) != CONFINED) {
		fputs(said, stderr);
		CHECK(false);
	}
}

/* Else the test above would show nothing. */
TEST(without_the_launcher_none_of_these_calls_is_refused)
{
	char *arguments[] = { self, "expect freedom", NULL };
	char line[64] = "";
	FILE *status = fopen("/proc/self/status", "re");

	while (status && strncmp(line, "Seccomp:", 8) != 0 && fgets(line, sizeof(line), status))
		;
	CHECK(status && fclose(status) == 0);
	find_launcher();
	need_root();
	if (strcmp(line, "Seccomp:\t0\n") != 0)
		SKIP("this process is confined itself");
	if (run_as(geteuid(), arguments) != FREE) {
		fputs(said, stderr);
		CHECK(false);
	}
}

/* Not return: what looks for leaks at the end does so with ptrace. */
int main(int argc, char **argv)
{
	if (argc > 1)
		_exit(obey(argv[1]));
	return run_tests("test_confine");
}
