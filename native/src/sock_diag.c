/* sock_diag.c - the TCP sockets of a namespace through one netlink dump. */
#include "sock_diag.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel fills datagrams of at most 32 KiB, however large the buffer is. */
#define RECEIVE_BUFFER 32768

/*
 * Listeners come first, in a dump of their own: they are in a small table of their own, and
 * only their rows need the attribute with the drops. States end at 11:
 * SYN_RECV brings the request sockets along, BOUND_INACTIVE (13) would walk a third
 * table.
 */
static const struct part {
	uint32_t states;
	uint8_t extensions; /* idiag_ext */
} parts[] = {
	{ 1u << TCP_LISTEN, 1u << (INET_DIAG_SKMEMINFO - 1) },
	{ ((1u << SYNOPTIC_STATES) - 2) & ~(1u << TCP_LISTEN), 0 },
};

#define PARTS (sizeof(parts) / sizeof(*parts))

/*
 * A scan asks once more for the sockets in CLOSE_WAIT, with the attribute that has their age: for
 * each by itself, which walks no table, or in a dump if there are more. The attribute has the kernel
 * lock the socket, so it is asked for these alone.
 */
static const struct part close_wait = { 1u << TCP_CLOSE_WAIT, 1u << (INET_DIAG_INFO - 1) };

/* That may take twice as long as the scan before it, and so many nanoseconds in any case. */
#define AGES_TIME 1000000000

struct request {
	struct nlmsghdr header;
	union {
		struct inet_diag_req both;   /* TCPDIAG_GETSOCK */
		struct inet_diag_req_v2 one; /* SOCK_DIAG_BY_FAMILY */
	};
};

static void read_drops(const struct rtattr *attribute, struct tally_socket *socket)
{
	const uint32_t *memory = RTA_DATA(attribute);

	if (RTA_PAYLOAD(attribute) < (SK_MEMINFO_DROPS + 1) * sizeof(*memory))
		return;
	socket->drops = memory[SK_MEMINFO_DROPS];
	socket->known |= SYNOPTIC_KNOWN_DROPS;
}

/* A number of 64 bits, aligned to 32 bits only. */
static void read_cgroup(const struct rtattr *attribute, struct tally_socket *socket)
{
	if (RTA_PAYLOAD(attribute) >= sizeof(socket->cgroup))
		memcpy(&socket->cgroup, RTA_DATA(attribute), sizeof(socket->cgroup));
}

static void read_age(const struct rtattr *attribute, struct tally_socket *socket)
{
	const size_t offset = offsetof(struct tcp_info, tcpi_last_ack_recv);

	if (RTA_PAYLOAD(attribute) < offset + sizeof(socket->age))
		return;
	memcpy(&socket->age, (const char *)RTA_DATA(attribute) + offset, sizeof(socket->age));
	socket->known |= SYNOPTIC_KNOWN_AGES;
}

/*
 * A full socket's row has three or four, asked for or not, and its cgroup's is one (5.8+):
 * inet_diag_msg_attrs_fill(), net/ipv4/inet_diag.c. A request or timewait socket's has none.
 */
static void read_attributes(const struct nlmsghdr *message, struct tally_socket *socket)
{
	const struct inet_diag_msg *row = NLMSG_DATA(message);
	const struct rtattr *attribute = (const void *)(row + 1);
	int size = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof(*row)));

	for (; RTA_OK(attribute, size); attribute = RTA_NEXT(attribute, size)) {
		if (attribute->rta_type == INET_DIAG_CGROUP_ID)
			read_cgroup(attribute, socket);
		else if (attribute->rta_type == INET_DIAG_SKMEMINFO)
			read_drops(attribute, socket);
		else if (attribute->rta_type == INET_DIAG_INFO)
			read_age(attribute, socket);
		else if (attribute->rta_type == INET_DIAG_SKV6ONLY && RTA_PAYLOAD(attribute) > 0)
			socket->ipv6only = *(const uint8_t *)RTA_DATA(attribute) != 0;
	}
}

static void remember(struct sock_diag_close_wait *sockets, const struct inet_diag_msg *row)
{
	uint32_t number = sockets->count++;

	if (number >= SOCK_DIAG_CLOSE_WAIT)
		return;
	sockets->family[number] = row->idiag_family;
	sockets->id[number] = row->id;
}

static int read_row(struct sock_diag_dump *dump, const struct nlmsghdr *message)
{
	const struct inet_diag_msg *row = NLMSG_DATA(message);
	struct tally_socket socket = { .state = 0 };

	if (message->nlmsg_type != dump->type)
		return -EPROTO;
	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*row)))
		return -EBADMSG;
	/* gVisor's rows have state 0. */
	if (row->idiag_state < TCP_ESTABLISHED || row->idiag_state > TCP_CLOSING)
		return -EPROTO;

	if (row->idiag_family == AF_INET)
		tally_set_ipv4(&socket, row->id.idiag_src, row->id.idiag_dst);
	else if (row->idiag_family == AF_INET6)
		tally_set_ipv6(&socket, row->id.idiag_src, row->id.idiag_dst);
	else
		return -EPROTO;
	socket.port = ntohs(row->id.idiag_sport);
	socket.peer_port = ntohs(row->id.idiag_dport);
	socket.state = row->idiag_state;
	socket.receive_queue = row->idiag_rqueue;
	socket.send_queue = row->idiag_wqueue;
	socket.key = (uint64_t)row->id.idiag_cookie[1] << 32 | row->id.idiag_cookie[0];
	if (socket.key == UINT64_MAX) /* INET_DIAG_NOCOOKIE twice */
		socket.key = 0;
	socket.cookie = socket.key;
	socket.inode = row->idiag_inode;
	socket.known = SYNOPTIC_KNOWN_LIMIT | SYNOPTIC_KNOWN_TIMERS | SYNOPTIC_KNOWN_ORPHANS;
	socket.timer = row->idiag_timer;
	socket.repeats = row->idiag_retrans;
	socket.closed = row->idiag_inode == 0;
	read_attributes(message, &socket);
	dump->rows++;
	if (dump->what != SOCK_DIAG_SOCKETS)
		tally_add_age(dump->tally, &socket);
	else if (tally_add(dump->tally, &socket) && dump->close_wait &&
		 socket.state == TCP_CLOSE_WAIT)
		remember(dump->close_wait, row);
	/* The answer to a request for one socket is its row. */
	return dump->what == SOCK_DIAG_AGE;
}

/* DONE and ERROR both start with an int: 0 or -errno, which is MAX_ERRNO at most, linux/err.h. */
#define MOST_ERRNO 4095

static int read_status(const struct nlmsghdr *message)
{
	int status;

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(status)))
		return -EBADMSG;
	memcpy(&status, NLMSG_DATA(message), sizeof(status));
	return status > 0 || status < -MOST_ERRNO ? -EPROTO : status;
}

static int read_message(struct sock_diag_dump *dump, const struct nlmsghdr *message)
{
	int status;

	switch (message->nlmsg_type) {
	case NLMSG_NOOP:
		return 0;
	case NLMSG_DONE:
		status = read_status(message);
		return status ? status : 1;
	case NLMSG_ERROR:
		/* 0 would be an acknowledgement, and none was asked for. */
		status = read_status(message);
		return status ? status : -EPROTO;
	case NLMSG_OVERRUN:
		return -ENOBUFS;
	default:
		return read_row(dump, message);
	}
}

int sock_diag_read(struct sock_diag_dump *dump, const struct sockaddr_nl *sender,
		   const void *datagram, size_t size)
{
	uint64_t *rejected = dump->tally->snapshot->rejected_messages;
	const char *at = datagram;

	if (sender->nl_pid != 0) {
		rejected[SYNOPTIC_REJECTED_SENDER]++;
		return 0;
	}
	while (size > 0) {
		const struct nlmsghdr *message = (const void *)at;
		size_t step;
		int status;

		if (size < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
		    message->nlmsg_len > size)
			return -EBADMSG;
		if (message->nlmsg_seq != dump->sequence) {
			rejected[SYNOPTIC_REJECTED_SEQUENCE]++;
		} else if (message->nlmsg_pid != dump->portid) {
			rejected[SYNOPTIC_REJECTED_PORTID]++;
		} else {
			status = read_message(dump, message);
			if (status)
				return status;
		}
		step = NLMSG_ALIGN((size_t)message->nlmsg_len);
		if (step >= size)
			break;
		at += step;
		size -= step;
	}
	return 0;
}

/* Receives datagrams until one ends the dump or the time is up. */
static int receive(struct sock_diag_dump *dump, int fd, deadline_t deadline)
{
	_Alignas(struct nlmsghdr) char buffer[RECEIVE_BUFFER];
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	struct sockaddr_nl sender;
	struct iovec vector = { .iov_base = buffer, .iov_len = sizeof(buffer) };
	int status, left;

	while ((left = deadline_left(deadline)) > 0) {
		struct msghdr header = {
			.msg_name = &sender, .msg_namelen = sizeof(sender),
			.msg_iov = &vector, .msg_iovlen = 1,
		};
		ssize_t size = recvmsg(fd, &header, MSG_DONTWAIT);

		if (size < 0 && errno == EAGAIN) {
			/* Linux answers at once; an emulated kernel may not. */
			if (poll(&readable, 1, left) < 0 && errno != EINTR)
				return -errno;
			continue;
		}
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return -errno;
		if (header.msg_namelen != sizeof(sender))
			return -EPROTO;
		if (header.msg_flags & MSG_TRUNC)
			return -EMSGSIZE;
		status = sock_diag_read(dump, &sender, buffer, (size_t)size);
		if (status)
			return status > 0 ? 0 : status;
	}
	return -ETIMEDOUT;
}

static int dump_part(struct sock_diag_dump *dump, int fd, uint8_t family,
		     const struct part *part, deadline_t deadline)
{
	struct request request = {
		.header = {
			.nlmsg_type = dump->type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			.nlmsg_seq = ++dump->sequence,
			.nlmsg_pid = dump->portid,
		},
	};

	if (dump->type == TCPDIAG_GETSOCK) {
		request.header.nlmsg_len = NLMSG_LENGTH(sizeof(request.both));
		request.both.idiag_family = family;
		request.both.idiag_states = part->states;
		request.both.idiag_ext = part->extensions;
	} else {
		request.header.nlmsg_len = NLMSG_LENGTH(sizeof(request.one));
		request.one.sdiag_family = family;
		request.one.sdiag_protocol = IPPROTO_TCP;
		request.one.idiag_states = part->states;
		request.one.idiag_ext = part->extensions;
	}
	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		return -errno;
	return receive(dump, fd, deadline);
}

static int dump_sockets(struct sock_diag_dump *dump, int fd, uint8_t family, deadline_t deadline)
{
	size_t count = dump->tally->listeners_alone ? 1 : PARTS;

	for (size_t i = 0; i < count; i++) {
		int status = dump_part(dump, fd, family, &parts[i], deadline);

		if (status)
			return status;
	}
	return 0;
}

/*
 * One walk for both families, if the kernel takes the older request: it reads
 * the family as AF_UNSPEC (inet_diag_dump_compat(), net/ipv4/inet_diag.c). Else
 * a walk a family.
 */
static int dump_all(struct sock_diag_dump *dump, int fd, deadline_t deadline)
{
	uint64_t ipv4_rows;
	int status;

	dump->type = TCPDIAG_GETSOCK;
	status = dump_sockets(dump, fd, AF_UNSPEC, deadline);
	if (status != -EINVAL && status != -EOPNOTSUPP && status != -ENOENT)
		return status;
	if (dump->rows > 0)
		return status;

	dump->type = SOCK_DIAG_BY_FAMILY;
	status = dump_sockets(dump, fd, AF_INET, deadline);
	if (status)
		return status;
	ipv4_rows = dump->rows;
	status = dump_sockets(dump, fd, AF_INET6, deadline);
	/* A kernel built without IPv6. */
	return status == -ENOENT && dump->rows == ipv4_rows ? 0 : status;
}

static int ask_age(struct sock_diag_dump *dump, int fd, uint32_t number, deadline_t deadline)
{
	struct request request = {
		.header = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(request.one)),
			.nlmsg_type = dump->type,
			.nlmsg_flags = NLM_F_REQUEST,
			.nlmsg_seq = ++dump->sequence,
			.nlmsg_pid = dump->portid,
		},
		.one = {
			.sdiag_family = dump->close_wait->family[number],
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = close_wait.states,
			.idiag_ext = close_wait.extensions,
			.id = dump->close_wait->id[number],
		},
	};
	int status;

	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		return -errno;
	status = receive(dump, fd, deadline);
	/* It was closed meanwhile, and another may be where it was. */
	return status == -ENOENT || status == -ESTALE ? 0 : status;
}

static int ask_each_age(struct sock_diag_dump *dump, int fd, deadline_t deadline)
{
	dump->what = SOCK_DIAG_AGE;
	dump->type = SOCK_DIAG_BY_FAMILY;
	for (uint32_t i = 0; i < dump->close_wait->count; i++) {
		int status = ask_age(dump, fd, i, deadline);

		if (status)
			return status;
	}
	return 0;
}

static int dump_ages(struct sock_diag_dump *dump, int fd, deadline_t deadline)
{
	int status;

	dump->what = SOCK_DIAG_AGES;
	if (dump->type == TCPDIAG_GETSOCK)
		return dump_part(dump, fd, AF_UNSPEC, &close_wait, deadline);
	status = dump_part(dump, fd, AF_INET, &close_wait, deadline);
	if (status == 0)
		status = dump_part(dump, fd, AF_INET6, &close_wait, deadline);
	return status == -ENOENT ? 0 : status;
}

/* The scan is complete by now: if this fails, only the ages are unknown. */
static void read_ages(struct sock_diag_dump *dump, int fd, deadline_t began, deadline_t deadline)
{
	deadline_t now = deadline_now(), most = 2 * (now - began);
	int status;

	if (dump->close_wait->count == 0)
		return;
	most = now + (most > AGES_TIME ? most : AGES_TIME);
	if (most < deadline)
		deadline = most;
	tally_start_ages(dump->tally);
	if (dump->close_wait->count <= SOCK_DIAG_CLOSE_WAIT)
		status = ask_each_age(dump, fd, deadline);
	else
		status = dump_ages(dump, fd, deadline);
	if (status)
		dump->tally->known &= ~(uint32_t)SYNOPTIC_KNOWN_AGES;
}

/* Returns a descriptor or -errno. */
static int open_socket(uint32_t *portid)
{
	/* Connected to the kernel, the socket takes no message of anyone else's. */
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct sockaddr_nl own;
	socklen_t size = sizeof(own);
	int fd, error;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&own, &size) < 0) {
		error = -errno;
		close(fd);
		return error;
	}
	*portid = own.nl_pid;
	return fd;
}

int sock_diag_scan(struct tally *tally, deadline_t deadline)
{
	struct sock_diag_close_wait sockets;
	struct sock_diag_dump dump = { .tally = tally, .close_wait = &sockets };
	deadline_t began = deadline_now();
	int fd, status;

	sockets.count = 0;

	/* An early boot without entropy costs the guess its difficulty, not the scan. */
	if (getrandom(&dump.sequence, sizeof(dump.sequence), GRND_NONBLOCK) < 0)
		dump.sequence = (uint32_t)deadline;
	fd = open_socket(&dump.portid);
	if (fd < 0)
		return fd;
	status = dump_all(&dump, fd, deadline);
	if (status == 0)
		read_ages(&dump, fd, began, deadline);
	close(fd);
	return status;
}
