/* dump.h - a bare sock_diag dump: received, and not looked at. */
#ifndef DUMP_H
#define DUMP_H

#include <err.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define EVERY_STATE ((1u << 12) - 2)

static inline void request_dump(int fd, bool listeners)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req body;
	} request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = TCPDIAG_GETSOCK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.body = {
			.idiag_states = listeners ? 1u << TCP_LISTEN : EVERY_STATE,
			.idiag_ext = listeners ? 1u << (INET_DIAG_SKMEMINFO - 1) : 0,
		},
	};

	if (send(fd, &request, sizeof(request), 0) < 0)
		err(EXIT_FAILURE, "can't ask for a dump");
}

/* Only the first message of a datagram is looked at: the end of a dump comes alone. */
static inline void receive_dump(int fd)
{
	static _Alignas(struct nlmsghdr) char buffer[32768];
	const struct nlmsghdr *first = (const void *)buffer;
	int status;

	do {
		ssize_t size = recv(fd, buffer, sizeof(buffer), 0);

		if (size < 0)
			err(EXIT_FAILURE, "the dump broke off");
		if ((size_t)size < sizeof(*first) || first->nlmsg_type == NLMSG_ERROR)
			errx(EXIT_FAILURE, "the kernel refused the dump");
	} while (first->nlmsg_type != NLMSG_DONE);
	memcpy(&status, NLMSG_DATA(first), sizeof(status));
	if (status != 0)
		errx(EXIT_FAILURE, "the dump ended with %d", status);
}

static inline void dump(bool listeners)
{
	/* An end among other messages was missed: that is an error, and not a wait without end. */
	struct timeval patience = { .tv_sec = 10 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		err(EXIT_FAILURE, "can't open a netlink socket");
	request_dump(fd, listeners);
	receive_dump(fd);
	close(fd);
}

#endif
