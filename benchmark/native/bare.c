/*
 * bare.c - the least that a sock_diag dump can cost: receives it and looks at nothing.
 *
 * usage: bare TIMES
 *
 * The request is the agent's: one walk for both families, every state, no extension.
 */
#include <err.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define EVERY_STATE ((1u << 12) - 2)

static void request_dump(int fd)
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
		.body = { .idiag_states = EVERY_STATE },
	};

	if (send(fd, &request, sizeof(request), 0) < 0)
		err(EXIT_FAILURE, "can't ask for a dump");
}

/* Only the first message of a datagram is looked at: the end of a dump comes alone. */
static void receive_dump(int fd)
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

int main(int argc, char **argv)
{
	/* An end that did not come alone was missed: that is an error, not a wait for ever. */
	struct timeval patience = { .tv_sec = 10 };
	int times = argc == 2 ? atoi(argv[1]) : 0;

	if (times < 1)
		errx(2, "usage: bare TIMES");
	while (times-- > 0) {
		int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

		if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
					 sizeof(patience)) < 0)
			err(EXIT_FAILURE, "can't open a netlink socket");
		request_dump(fd);
		receive_dump(fd);
		close(fd);
	}
	return EXIT_SUCCESS;
}
