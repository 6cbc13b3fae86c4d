/*
 * A process with CAP_NET_ADMIN in a namespace may send to any netlink socket there, in the
 * kernel's stead. A scan's socket takes nothing from them.
 */
#include "synoptic.h"

#include "own_table.h"
#include "pairs.h"
#include "sock_diag.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <sys/mman.h>

#define FORGED_MESSAGES (test_is_long() ? 1000000u : 100000u)
#define MESSAGES_A_STOP 250
#define TIMEOUT_MS 10000

/* Three datagrams an answer, so that a scan can be stopped between them. */
#define PAIRS 300

/* The scanning child's report. */
struct scanner {
	atomic_ulong scans;
	atomic_ulong failed;
	atomic_ulong wrong;    /* another count than that of the pairs */
	atomic_ulong rejected; /* messages the kernel let through */
};

struct forgery {
	struct nlmsghdr header;
	union {
		struct inet_diag_msg row;
		int status;
	};
};

/* A netlink socket as any program has it: bound, not connected. */
static int open_unconnected(uint32_t *portid)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK };
	socklen_t size = sizeof(own);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	CHECK(fd >= 0);
	CHECK_EQUAL(0, bind(fd, (const struct sockaddr *)&own, size));
	CHECK_EQUAL(0, getsockname(fd, (struct sockaddr *)&own, &size));
	*portid = own.nl_pid;
	return fd;
}

/* In turn: a socket that doesn't exist, the end of the dump, its failure. */
static struct forgery forge(uint32_t portid, uint32_t number)
{
	static const uint16_t types[] = { TCPDIAG_GETSOCK, NLMSG_DONE, NLMSG_ERROR };
	struct forgery forgery = {
		.header = {
			.nlmsg_type = types[number % 3], .nlmsg_flags = NLM_F_MULTI,
			.nlmsg_seq = number, .nlmsg_pid = portid,
			.nlmsg_len = NLMSG_LENGTH(sizeof(forgery.row)),
		},
	};

	if (number % 3 == 0) {
		forgery.row.idiag_family = AF_INET;
		forgery.row.idiag_state = TCP_ESTABLISHED;
		forgery.row.id.idiag_cookie[0] = number;
	} else if (number % 3 == 2) {
		forgery.status = -EPERM;
	}
	return forgery;
}

/* Returns 0, or the errno with which the kernel refuses. */
static int send_forgery(int fd, uint32_t portid, uint32_t number)
{
	struct sockaddr_nl victim = { .nl_family = AF_NETLINK, .nl_pid = portid };
	struct forgery forgery = forge(portid, number);

	if (sendto(fd, &forgery, forgery.header.nlmsg_len, MSG_DONTWAIT,
		   (const struct sockaddr *)&victim, sizeof(victim)) < 0)
		return errno;
	return 0;
}

static void scan_once(struct scanner *scanner)
{
	static _Alignas(8) char buffer[1 << 18];
	const struct synoptic_snapshot *snapshot = (const void *)buffer;
	int status = synoptic_scan(SYNOPTIC_SOURCE_SOCK_DIAG, "/proc", TIMEOUT_MS, buffer,
				   sizeof(buffer), 0);

	if (status)
		scanner->failed++;
	else if (snapshot->scanned_sockets != 2 * PAIRS || snapshot->duplicate_sockets)
		scanner->wrong++;
	for (int i = 0; i < SYNOPTIC_REJECTIONS; i++)
		scanner->rejected += snapshot->rejected_messages[i];
	scanner->scans++;
}

static pid_t start_scanning(struct scanner *scanner)
{
	pid_t child = children_fork();

	if (child == 0)
		for (;;)
			scan_once(scanner);
	return child;
}

/* The port of the one other socket of NETLINK_SOCK_DIAG, as anybody may read it; 0: none. */
static uint32_t open_portid(uint32_t own)
{
	FILE *file = fopen("/proc/self/net/netlink", "re");
	unsigned int protocol, portid, found = 0;
	char line[256];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %u %u", &protocol, &portid) == 2 &&
		    protocol == NETLINK_SOCK_DIAG && portid != 0 && portid != own)
			found = portid;
	fclose(file);
	return found;
}

/* Stops the scanner wherever it is; does nothing if that is between two scans. */
static uint32_t forge_into_one_scan(int fd, uint32_t own, pid_t scanner, uint32_t sent)
{
	uint32_t portid, refused = 0;
	int status;

	CHECK_EQUAL(0, kill(scanner, SIGSTOP));
	CHECK_EQUAL(scanner, waitpid(scanner, &status, WUNTRACED));
	CHECK(WIFSTOPPED(status));
	portid = open_portid(own);
	for (uint32_t i = 0; portid && i < MESSAGES_A_STOP; i++, sent++)
		if (send_forgery(fd, portid, sent) == ECONNREFUSED)
			refused++;
	/* Nobody closed it meanwhile: each message was sent at an open socket. */
	CHECK_EQUAL(portid, open_portid(own));
	CHECK_EQUAL(portid ? MESSAGES_A_STOP : 0, refused);
	CHECK_EQUAL(0, kill(scanner, SIGCONT));
	return sent;
}

static void enter_with_pairs(void)
{
	children_end();
	need_sock_diag();
	own_table_enter(1024);
	pairs_hold(AF_INET, PAIRS, false);
}

TEST(forged_messages_change_no_scan)
{
	struct scanner *scanner = mmap(NULL, sizeof(*scanner), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long scans;
	uint32_t own, sent = 0;
	pid_t child;
	int fd;

	CHECK(scanner != MAP_FAILED);
	enter_with_pairs();
	child = start_scanning(scanner);
	fd = open_unconnected(&own);
	for (unsigned int stop = 0; sent < FORGED_MESSAGES; stop++) {
		/* No rhythm, so that scans are stopped everywhere. */
		usleep(stop * 7919 % 1000);
		sent = forge_into_one_scan(fd, own, child, sent);
	}
	/* The last one to be forged at must end, too. */
	for (scans = scanner->scans; scanner->scans < scans + 2;)
		usleep(1000);
	children_end();
	close(fd);

	CHECK_EQUAL(0, scanner->failed);
	CHECK_EQUAL(0, scanner->wrong);
	CHECK_EQUAL(0, scanner->rejected);
	printf("test_forged: %u messages at the open sockets of scans, %lu of which ended, none counted\n", sent,
	       scanner->scans);
	munmap(scanner, sizeof(*scanner));
}

/* What the scan would get if its socket weren't connected: the test above can fail. */
TEST(an_unconnected_socket_receives_the_same_forgery)
{
	struct sockaddr_nl sender;
	socklen_t size = sizeof(sender);
	uint32_t forger_portid, victim_portid;
	struct forgery received;
	int forger, victim;

	need_sock_diag();
	own_table_unshare();
	forger = open_unconnected(&forger_portid);
	victim = open_unconnected(&victim_portid);
	for (uint32_t i = 0; i < 3; i++) {
		CHECK_EQUAL(0, send_forgery(forger, victim_portid, i));
		CHECK_EQUAL(sizeof(received),
			    recvfrom(victim, &received, sizeof(received), MSG_DONTWAIT,
				     (struct sockaddr *)&sender, &size));
		CHECK_EQUAL(i, received.header.nlmsg_seq);
		CHECK_EQUAL(forger_portid, sender.nl_pid);
	}
	close(victim);
	close(forger);
}

MAIN()
