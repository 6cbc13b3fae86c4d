/*
 * Figures where sock_diag can't be had: refused by seccomp, or by an emulated
 * kernel. Under qemu-user, which knows no NETLINK_SOCK_DIAG, the first test is that.
 */
#include "synoptic.h"

#include "namespace.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static _Alignas(8) char buffer[1 << 18];

static const struct synoptic_snapshot *snapshot = (const void *)buffer;

/* A listener and a connection of each family. */
static bool figures_are_right(void)
{
	const struct synoptic_namespace *row;

	if (synoptic_scan(SYNOPTIC_SOURCE_AUTO, "/proc", 10000, buffer, sizeof(buffer), 0) != 0)
		return false;
	row = (const void *)(buffer + snapshot->table[SYNOPTIC_NAMESPACES].offset);
	return snapshot->scanned_sockets == 6 &&
	       row->sockets[SYNOPTIC_IPV4][TCP_ESTABLISHED] == 2 &&
	       row->sockets[SYNOPTIC_IPV6][TCP_ESTABLISHED] == 2 &&
	       row->sockets[SYNOPTIC_IPV4][TCP_LISTEN] == 1 &&
	       row->sockets[SYNOPTIC_IPV6][TCP_LISTEN] == 1;
}

static bool is_source(enum synoptic_source source, uint32_t error)
{
	return snapshot->source == source && snapshot->fallback_error == error;
}

/* What the kernel says to someone who asks for sock_diag: 0, or an errno. */
static uint32_t refusal(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		return (uint32_t)errno;
	close(fd);
	return 0;
}

TEST(figures_are_right_whether_sock_diag_can_be_had_or_not)
{
	struct connection ipv4, ipv6;

	enter_namespace();
	ipv4 = connect_loopback(AF_INET);
	ipv6 = connect_loopback(AF_INET6);
	CHECK(figures_are_right());
	CHECK(is_source(refusal() ? SYNOPTIC_SOURCE_PROC : SYNOPTIC_SOURCE_SOCK_DIAG, refusal()));
	close_connection(ipv4);
	close_connection(ipv6);
}

/* From here on, for this process and for good. */
static bool refuse_netlink(uint32_t error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(*code), .filter = code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

enum { AS_EXPECTED, WRONG_FIGURES, WRONG_SOURCE, NO_SECCOMP };

static int scan_refused(uint32_t error)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		_exit(!refuse_netlink(error)                     ? NO_SECCOMP
		      : !figures_are_right()                     ? WRONG_FIGURES
		      : !is_source(SYNOPTIC_SOURCE_PROC, error) ? WRONG_SOURCE
								: AS_EXPECTED);
	CHECK_EQUAL(pid, waitpid(pid, &status, 0));
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

TEST(every_refusal_leads_to_proc_and_is_named)
{
	static const uint32_t errors[] = {
		EPERM, EACCES, ENOENT, EPROTONOSUPPORT, EAFNOSUPPORT, EINVAL, ENOSYS, EIO,
	};
	struct connection ipv4, ipv6;

	enter_namespace();
	ipv4 = connect_loopback(AF_INET);
	ipv6 = connect_loopback(AF_INET6);
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		int result = scan_refused(errors[i]);

		if (result == NO_SECCOMP)
			SKIP("there is no seccomp here (qemu-user has none)");
		CHECK_EQUAL(AS_EXPECTED, result);
	}
	close_connection(ipv4);
	close_connection(ipv6);
}

MAIN()
