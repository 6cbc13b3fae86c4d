/*
 * own_table.h - a network namespace with a socket table (ehash) of its own, so that
 * no socket of the host's is in it and its buckets are as many as the test wants.
 */
#ifndef OWN_TABLE_H
#define OWN_TABLE_H

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static inline void own_table_unshare(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		SKIP("no network namespace can be made here (root can)");
}

/* The namespace made next gets a table of its own: tcp_set_hashinfo(), net/ipv4/tcp_ipv4.c. */
static inline void own_table_ask(unsigned int buckets)
{
	int fd = open("/proc/sys/net/ipv4/tcp_child_ehash_entries", O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		SKIP("this kernel gives no namespace a table of its own (6.1 does)");
	if (fd < 0)
		SKIP("the table's size can't be written here (root can)");
	CHECK(dprintf(fd, "%u\n", buckets) > 0);
	close(fd);
}

/* Negative for a table that is shared with the host. */
static inline int own_table_buckets(void)
{
	FILE *file = fopen("/proc/sys/net/ipv4/tcp_ehash_entries", "re");
	int buckets = 0;

	CHECK(file);
	if (fscanf(file, "%d", &buckets) != 1)
		buckets = 0;
	fclose(file);
	return buckets;
}

static inline void own_table_loopback_up(void)
{
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK_EQUAL(0, ioctl(fd, SIOCSIFFLAGS, &loopback));
	close(fd);
}

/*
 * Moves the process into a new namespace with `buckets` buckets, a power of two. The
 * sysctl is set in a namespace between, which nobody else has and which goes at once.
 */
static inline void own_table_enter(unsigned int buckets)
{
	own_table_unshare();
	own_table_ask(buckets);
	own_table_unshare();
	CHECK_EQUAL(buckets, own_table_buckets());
	own_table_loopback_up();
}

/* For tests of dumps: an emulated kernel may have none. */
static inline void need_sock_diag(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		SKIP("there is no sock_diag here (qemu-user has none)");
	close(fd);
}

#endif
