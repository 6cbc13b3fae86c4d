/* recording.h - a dump of the real kernel's: sockets in many states, and what it answers. */
#ifndef RECORDING_H
#define RECORDING_H

#include "namespace.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>

#define SEQUENCE 77
#define CONNECTIONS 15 /* a family; rows for three datagrams or more */
#define MOST_DATAGRAMS 16
#define MOST_MESSAGES 64 /* a datagram */

static struct datagram {
	struct sockaddr_nl sender;
	size_t size;
	_Alignas(struct nlmsghdr) char bytes[4096];

	/* Where each of its messages ends. */
	size_t ends[MOST_MESSAGES];
	uint32_t messages;
} recorded[MOST_DATAGRAMS];

/* The last of them holds DONE and nothing else. */
static uint32_t datagrams;
static uint64_t recorded_rows;
static uint32_t portid;

/* A listener that refuses whatever `filter` refuses, and a client that tries to connect. */
static void connect_filtered(struct sock_filter *filter, uint16_t length)
{
	struct sock_fprog program = { .len = length, .filter = filter };
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	CHECK_EQUAL(0, setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &program,
				  sizeof(program)));
	CHECK_EQUAL(0, bind(listener, (struct sockaddr *)&address, size));
	CHECK_EQUAL(0, listen(listener, 8));
	CHECK_EQUAL(0, getsockname(listener, (struct sockaddr *)&address, &size));
	CHECK_EQUAL(-1, connect(client, (struct sockaddr *)&address, size));
	CHECK_EQUAL(EINPROGRESS, errno);
}

/* A FIN's acknowledgement may be delayed by 40 ms. */
static void await_state(int fd, int state)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	for (int i = 0; i < 1000 && info.tcpi_state != state; i++) {
		CHECK_EQUAL(0, getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size));
		usleep(1000);
	}
	CHECK_EQUAL(state, info.tcpi_state);
}

/* LISTEN, ESTABLISHED, FIN_WAIT2, CLOSE_WAIT, TIME_WAIT, SYN_SENT and SYN_RECV. */
static void open_sockets(void)
{
	struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_filter only_syn[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), /* the flags */
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x10 /* ACK */, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
	};
	struct connection closed, half_closed, unread;

	for (int i = 0; i < CONNECTIONS; i++) {
		connect_loopback(AF_INET);
		connect_loopback(AF_INET6);
	}
	unread = connect_loopback(AF_INET);
	CHECK_EQUAL(5, write(unread.client, "hello", 5));
	half_closed = connect_loopback(AF_INET6);
	CHECK_EQUAL(0, shutdown(half_closed.client, SHUT_WR));
	closed = connect_loopback(AF_INET);
	CHECK_EQUAL(0, shutdown(closed.server, SHUT_WR));
	CHECK_EQUAL(0, shutdown(closed.client, SHUT_WR));
	connect_filtered(nothing, 1);
	connect_filtered(only_syn, 4);
	await_state(half_closed.client, TCP_FIN_WAIT2);
}

/* Finds the messages as any reader of netlink would, without the code under test. */
static bool find_messages(struct datagram *datagram)
{
	int left = (int)datagram->size;
	const struct nlmsghdr *message = (const void *)datagram->bytes;
	bool done = false;

	for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
		CHECK(datagram->messages < MOST_MESSAGES);
		datagram->ends[datagram->messages++] =
			(size_t)((const char *)message - datagram->bytes) + message->nlmsg_len;
		done |= message->nlmsg_type == NLMSG_DONE;
	}
	return done;
}

static void record_dump(int fd)
{
	bool done = false;

	while (!done) {
		struct datagram *datagram = &recorded[datagrams];
		socklen_t length = sizeof(datagram->sender);
		ssize_t size;

		CHECK(datagrams < MOST_DATAGRAMS);
		size = recvfrom(fd, datagram->bytes, sizeof(datagram->bytes), 0,
				(struct sockaddr *)&datagram->sender, &length);
		CHECK(size > 0);
		datagram->size = (size_t)size;
		done = find_messages(datagram);
		recorded_rows += datagram->messages - done;
		datagrams++;
	}
	CHECK(datagrams >= 4);
	CHECK_EQUAL(1, recorded[datagrams - 1].messages);
}

/* Once for all tests. */
static void record(void)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req body;
	} request = {
		.header = {
			.nlmsg_len = sizeof(request), .nlmsg_type = TCPDIAG_GETSOCK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP, .nlmsg_seq = SEQUENCE,
		},
		.body.idiag_states = (1 << (TCP_CLOSING + 1)) - 2,
	};
	struct sockaddr_nl own = { .nl_family = AF_NETLINK };
	socklen_t size = sizeof(own);
	int fd;

	if (datagrams)
		return;
	need_sock_diag();
	enter_namespace();
	open_sockets();
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	CHECK_EQUAL(0, bind(fd, (struct sockaddr *)&own, size));
	CHECK_EQUAL(0, getsockname(fd, (struct sockaddr *)&own, &size));
	portid = own.nl_pid;
	CHECK_EQUAL(sizeof(request), send(fd, &request, sizeof(request), 0));
	record_dump(fd);
	close(fd);
}

static struct nlmsghdr *message_of(struct datagram *datagram, uint32_t number)
{
	return (void *)(datagram->bytes + (number ? NLMSG_ALIGN(datagram->ends[number - 1]) : 0));
}

#endif
