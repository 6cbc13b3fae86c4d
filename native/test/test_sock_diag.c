/* What an answer must be to be believed. */
#include "sock_diag.h"
#include "start_tally.h"
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define SEQUENCE 7
#define PORTID 4321

static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

static struct synoptic_snapshot snapshot;
static struct synoptic_namespace namespace;
static struct tally tally;
static struct sock_diag_dump dump;

/* The datagram under construction. */
static _Alignas(8) char datagram[8192];
static size_t size;

static void start(void)
{
	start_tally(&tally, &snapshot, &namespace);
	dump = (struct sock_diag_dump){
		.tally = &tally, .type = TCPDIAG_GETSOCK, .sequence = SEQUENCE, .portid = PORTID,
	};
	memset(datagram, 0, sizeof(datagram));
	size = 0;
}

static struct nlmsghdr *append(uint16_t type, const void *payload, size_t length)
{
	struct nlmsghdr *message = (void *)(datagram + size);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_MULTI;
	message->nlmsg_seq = SEQUENCE;
	message->nlmsg_pid = PORTID;
	message->nlmsg_len = (uint32_t)NLMSG_LENGTH(length);
	memcpy(NLMSG_DATA(message), payload, length);
	size += NLMSG_SPACE(length);
	return message;
}

static struct nlmsghdr *append_row(uint8_t family, uint8_t state, const char *address)
{
	static uint32_t cookie;
	struct inet_diag_msg row = {
		.idiag_family = family, .idiag_state = state,
		.id.idiag_cookie = { ++cookie },
	};

	CHECK_EQUAL(1, inet_pton(family, address, row.id.idiag_src));
	return append(TCPDIAG_GETSOCK, &row, sizeof(row));
}

static struct nlmsghdr *append_status(uint16_t type, int status)
{
	return append(type, &status, sizeof(status));
}

static int read_datagram(void)
{
	return sock_diag_read(&dump, &kernel, datagram, size);
}

TEST(rows_are_counted_until_done)
{
	start();
	append_row(AF_INET, TCP_ESTABLISHED, "10.0.0.1");
	append_row(AF_INET6, TCP_TIME_WAIT, "2001:db8::1");
	CHECK_EQUAL(0, read_datagram());
	size = 0;
	append_status(NLMSG_DONE, 0);
	CHECK_EQUAL(1, read_datagram());
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV4][TCP_ESTABLISHED]);
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV6][TCP_TIME_WAIT]);
}

TEST(a_v4_mapped_socket_counts_as_ipv4)
{
	start();
	append_row(AF_INET6, TCP_ESTABLISHED, "::ffff:10.0.0.1");
	append_row(AF_INET6, TCP_LISTEN, "::");
	append_row(AF_INET6, TCP_ESTABLISHED, "::10.0.0.1");
	CHECK_EQUAL(0, read_datagram());
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV4][TCP_ESTABLISHED]);
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV6][TCP_LISTEN]);
	CHECK_EQUAL(1, namespace.sockets[SYNOPTIC_IPV6][TCP_ESTABLISHED]);
}

TEST(done_with_an_errno_fails_the_dump)
{
	start();
	append_row(AF_INET, TCP_ESTABLISHED, "10.0.0.1");
	append_status(NLMSG_DONE, -ENOENT);
	CHECK_EQUAL(-ENOENT, read_datagram());
}

TEST(an_error_message_fails_the_dump)
{
	start();
	append_status(NLMSG_ERROR, -EPERM);
	CHECK_EQUAL(-EPERM, read_datagram());
	start();
	append_status(NLMSG_ERROR, 0);
	CHECK_EQUAL(-EPROTO, read_datagram());
	start();
	append_status(NLMSG_DONE, 5);
	CHECK_EQUAL(-EPROTO, read_datagram());
}

TEST(a_status_that_is_no_errno_is_EPROTO)
{
	static const int statuses[] = { -4096, -100000, INT_MIN + 1, INT_MIN };

	start();
	append_status(NLMSG_ERROR, -4095);
	CHECK_EQUAL(-4095, read_datagram());
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		start();
		append_status(i % 2 ? NLMSG_ERROR : NLMSG_DONE, statuses[i]);
		CHECK_EQUAL(-EPROTO, read_datagram());
	}
}

TEST(messages_of_others_are_skipped_and_counted)
{
	struct sockaddr_nl stranger = { .nl_family = AF_NETLINK, .nl_pid = 99 };

	start();
	append_row(AF_INET, TCP_ESTABLISHED, "10.0.0.1");
	CHECK_EQUAL(0, sock_diag_read(&dump, &stranger, datagram, size));
	CHECK_EQUAL(1, snapshot.rejected_messages[SYNOPTIC_REJECTED_SENDER]);

	append_status(NLMSG_DONE, 0)->nlmsg_seq = SEQUENCE - 1;
	append_status(NLMSG_ERROR, -EPERM)->nlmsg_pid = PORTID + 1;
	CHECK_EQUAL(0, read_datagram());
	CHECK_EQUAL(1, snapshot.rejected_messages[SYNOPTIC_REJECTED_SEQUENCE]);
	CHECK_EQUAL(1, snapshot.rejected_messages[SYNOPTIC_REJECTED_PORTID]);
	CHECK_EQUAL(1, snapshot.scanned_sockets);
}

/* Behind the row appended last; `length` is what it says of itself. */
static void append_attribute(struct nlmsghdr *row, uint16_t type, uint16_t length,
			     const void *payload, size_t payload_size)
{
	struct rtattr *attribute = (void *)(datagram + size);

	attribute->rta_type = type;
	attribute->rta_len = length;
	memcpy(RTA_DATA(attribute), payload, payload_size);
	size += RTA_SPACE(payload_size);
	row->nlmsg_len += (uint32_t)RTA_SPACE(payload_size);
}

static const uint64_t cgroup = 0x0000000500000123;

static void append_cgroup(struct nlmsghdr *row, uint16_t length)
{
	append_attribute(row, INET_DIAG_CGROUP_ID, length, &cgroup, sizeof(cgroup));
}

static uint32_t established_of(uint64_t owner)
{
	for (uint32_t i = 0; i < owners.count; i++)
		if (owner_rows[i].cgroup == owner)
			return owner_rows[i].outbound[TCP_ESTABLISHED];
	return 0;
}

TEST(a_rows_cgroup_is_read_anywhere_among_the_attributes)
{
	static const uint8_t octet = 3;
	struct nlmsghdr *row;

	start();
	row = append_row(AF_INET, TCP_ESTABLISHED, "10.0.0.1");
	append_cgroup(row, RTA_LENGTH(sizeof(cgroup)));
	row = append_row(AF_INET, TCP_ESTABLISHED, "10.0.0.1");
	append_attribute(row, INET_DIAG_SHUTDOWN, RTA_LENGTH(1), &octet, 1);
	append_cgroup(row, RTA_LENGTH(sizeof(cgroup)));
	append_attribute(row, INET_DIAG_SOCKOPT, RTA_LENGTH(1), &octet, 1);
	row = append_row(AF_INET, TCP_LISTEN, "10.0.0.1");
	append_cgroup(row, RTA_LENGTH(sizeof(cgroup)));
	CHECK_EQUAL(0, read_datagram());
	CHECK_EQUAL(2, established_of(cgroup));
	CHECK_EQUAL(0, established_of(SYNOPTIC_OWNER_UNKNOWN));
	CHECK_EQUAL(cgroup, listener_rows[0].cgroup);
}

/* The last two say that they are shorter, or longer, than an attribute can be here. */
TEST(a_row_with_its_cgroup_absent_or_cut_short_is_counted_without)
{
	static const uint16_t lengths[] = {
		RTA_LENGTH(0), RTA_LENGTH(4), RTA_LENGTH(7), 0, RTA_LENGTH(9),
	};

	start();
	append_row(AF_INET, TCP_ESTABLISHED, "10.0.0.1");
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		append_cgroup(append_row(AF_INET, TCP_ESTABLISHED, "10.0.0.1"), lengths[i]);
	CHECK_EQUAL(0, read_datagram());
	CHECK_EQUAL(6, snapshot.scanned_sockets);
	CHECK_EQUAL(6, established_of(SYNOPTIC_OWNER_UNKNOWN));
	CHECK_EQUAL(OWNERS_ALWAYS, owners.count);
}

TEST(impossible_lengths_fail_the_dump)
{
	static const uint32_t lengths[] = { 0, 15, 17, 4000000000u, UINT32_MAX };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		start();
		append_row(AF_INET, TCP_ESTABLISHED, "10.0.0.1")->nlmsg_len = lengths[i];
		CHECK_EQUAL(-EBADMSG, read_datagram());
		CHECK_EQUAL(0, snapshot.scanned_sockets);
	}
}

TEST(rows_no_kernel_writes_fail_the_dump)
{
	start();
	append_row(AF_INET, 0, "10.0.0.1");
	CHECK_EQUAL(-EPROTO, read_datagram());
	start();
	append_row(AF_INET, 12, "10.0.0.1");
	CHECK_EQUAL(-EPROTO, read_datagram());
	start();
	append_row(AF_INET, TCP_ESTABLISHED, "10.0.0.1")->nlmsg_type = TCPDIAG_GETSOCK + 1;
	CHECK_EQUAL(-EPROTO, read_datagram());
	CHECK_EQUAL(0, snapshot.scanned_sockets);
}

MAIN()
