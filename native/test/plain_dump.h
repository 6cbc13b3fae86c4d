/* plain_dump.h - every IPv4 TCP socket of the namespace, as any program may ask for them. */
#ifndef PLAIN_DUMP_H
#define PLAIN_DUMP_H

#include "test.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#define PLAIN_DUMP_SEQUENCE 1
#define PLAIN_DUMP_BUFFER 32768

struct plain_dump {
	int fd;
	uint32_t portid;
	/* The datagram received last. */
	_Alignas(struct nlmsghdr) char datagram[PLAIN_DUMP_BUFFER];
	size_t size;
};

static inline void plain_dump_start(struct plain_dump *dump)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} request = {
		.header = {
			.nlmsg_len = sizeof(request), .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			.nlmsg_seq = PLAIN_DUMP_SEQUENCE,
		},
		.body = {
			.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP,
			.idiag_states = 0xffe, /* 1 (ESTABLISHED) to 11 (CLOSING) */
		},
	};
	struct sockaddr_nl own = { .nl_family = AF_NETLINK };
	socklen_t size = sizeof(own);

	dump->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	CHECK(dump->fd >= 0);
	CHECK_EQUAL(sizeof(request), send(dump->fd, &request, sizeof(request), 0));
	CHECK_EQUAL(0, getsockname(dump->fd, (struct sockaddr *)&own, &size));
	dump->portid = own.nl_pid;
}

static inline void plain_dump_receive(struct plain_dump *dump)
{
	ssize_t size = recv(dump->fd, dump->datagram, sizeof(dump->datagram), 0);

	CHECK(size > 0);
	dump->size = (size_t)size;
}

/* The row after `row`, the first one for NULL; NULL at the datagram's end. */
static inline const struct inet_diag_msg *plain_dump_row(const struct plain_dump *dump,
							 const struct inet_diag_msg *row)
{
	const char *end = dump->datagram + dump->size;
	const struct nlmsghdr *message = (const void *)dump->datagram;

	if (row) {
		message = (const void *)((const char *)row - NLMSG_HDRLEN);
		message = (const void *)((const char *)message + NLMSG_ALIGN(message->nlmsg_len));
	}
	if ((const char *)message >= end || message->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return NULL;
	return NLMSG_DATA(message);
}

static inline void plain_dump_end(struct plain_dump *dump)
{
	close(dump->fd);
}

#endif
