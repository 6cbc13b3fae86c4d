/*
 * refuse.c - runs a command to which the kernel may refuse sock_diag, now and then.
 *
 *	refuse COMMAND [ARGUMENT...]
 *
 * Each line on stdin is an errno from then on: what the command's calls of
 * socket(AF_NETLINK, ..., NETLINK_SOCK_DIAG) fail with, 0 for not at all. It is
 * acknowledged on stdout: `refusing 13'. Ends with the command and with its status;
 * passes SIGTERM on.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENT(n) ((unsigned)offsetof(struct seccomp_data, args[n]))

static volatile sig_atomic_t child;

static void pass_on(int number)
{
	if (child > 0)
		kill(child, number);
}

static _Noreturn void die(const char *what)
{
	perror(what);
	_exit(126);
}

/* Returns the descriptor at which the calls in question are announced. */
static int install_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(2)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NETLINK_SOCK_DIAG, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(*code), .filter = code };
	long fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die("refuse: no_new_privs");
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		     &program);
	if (fd < 0)
		die("refuse: seccomp");
	return (int)fd;
}

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static void send_descriptor(int channel, int fd)
{
	union control control = { .bytes = { 0 } };
	char byte = 0;
	struct iovec vector = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &vector, .msg_iovlen = 1,
		.msg_control = control.bytes, .msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(channel, &message, 0) != 1)
		die("refuse: sendmsg");
}

static int receive_descriptor(int channel)
{
	union control control;
	char byte;
	struct iovec vector = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &vector, .msg_iovlen = 1,
		.msg_control = control.bytes, .msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header;
	int fd;

	if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&message))
		die("refuse: recvmsg");
	header = CMSG_FIRSTHDR(&message);
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static void answer(int listener, int error)
{
	struct seccomp_notif call = { .id = 0 };
	struct seccomp_notif_resp response = { .id = 0 };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return; /* the caller has gone */
	response.id = call.id;
	response.error = -error;
	response.flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* Until nobody is left under the filter. */
static void supervise(int listener)
{
	struct pollfd ready[] = {
		{ .fd = listener, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	char line[32];
	int error = 0;

	setbuf(stdin, NULL);
	while (!(ready[0].revents & POLLHUP)) {
		if (poll(ready, 2, -1) < 0 && errno == EINTR)
			continue;
		if (ready[1].revents) {
			if (fgets(line, sizeof(line), stdin)) {
				error = atoi(line);
				printf("refusing %d\n", error);
				fflush(stdout);
			} else {
				ready[1].fd = -1;
			}
		}
		if (ready[0].revents & POLLIN)
			answer(listener, error);
	}
}

int main(int argc, char **argv)
{
	int channel[2], status;
	pid_t pid;

	if (argc < 2) {
		fprintf(stderr, "usage: refuse COMMAND [ARGUMENT...]\n");
		return 2;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0)
		die("refuse: socketpair");
	signal(SIGTERM, pass_on);
	pid = fork();
	if (pid < 0)
		die("refuse: fork");
	if (pid == 0) {
		int listener = install_filter();

		send_descriptor(channel[1], listener);
		close(listener);
		execvp(argv[1], argv + 1);
		die(argv[1]);
	}
	child = pid;
	supervise(receive_descriptor(channel[0]));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
