/* bounds.c - what this kernel and namespace allow. */
#include "bounds.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.h"

/* Some hosts allow a process no more than this: keep to it everywhere, so that runs compare. */
#define MOST_DESCRIPTORS 20000

/* For stdio, pipes, and what the caller's shell left open. */
#define SPARE_DESCRIPTORS 64

static int read_unsigned(const char *path, unsigned *value)
{
	FILE *file = fopen(path, "re");
	int fields;

	if (!file)
		return failure_call("open %s", path);
	fields = fscanf(file, "%u", value);
	fclose(file);
	return fields == 1 ? 0 : failure(EPROTO, "%s holds no number", path);
}

static int read_ports(struct bounds *bounds)
{
	static const char path[] = "/proc/sys/net/ipv4/ip_local_port_range";
	FILE *file = fopen(path, "re");
	int fields;

	if (!file)
		return failure_call("open %s", path);
	fields = fscanf(file, "%u %u", &bounds->first_ephemeral, &bounds->last_ephemeral);
	fclose(file);
	return fields == 2 ? 0 : failure(EPROTO, "%s holds no two numbers", path);
}

/* Linux 6.15 made it a sysctl; before, it was TCP_RTO_MAX. */
static void read_rto_max(struct bounds *bounds)
{
	FILE *file = fopen("/proc/sys/net/ipv4/tcp_rto_max_ms", "re");
	unsigned milliseconds;

	bounds->rto_max = 120;
	if (!file)
		return;
	if (fscanf(file, "%u", &milliseconds) == 1)
		bounds->rto_max = milliseconds / 1000;
	fclose(file);
}

static int read_time_wait_room(struct bounds *bounds)
{
	static const char path[] = "/proc/net/sockstat";
	unsigned buckets, taken = 0;
	char line[256];
	FILE *file;
	int result = read_unsigned("/proc/sys/net/ipv4/tcp_max_tw_buckets", &buckets);

	if (result < 0)
		return result;
	file = fopen(path, "re");
	if (!file)
		return failure_call("open %s", path);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "TCP: inuse %*u orphan %*u tw %u", &taken) == 1)
			break;
	fclose(file);
	bounds->time_wait_room = buckets > taken ? buckets - taken : 0;
	return 0;
}

static int raise_descriptors(struct bounds *bounds)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return failure_call("read the limit of open files");
	files.rlim_cur = files.rlim_max;
	if (files.rlim_cur > MOST_DESCRIPTORS)
		files.rlim_cur = MOST_DESCRIPTORS;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		return failure_call("set the limit of open files");
	if (files.rlim_cur < 2 * SPARE_DESCRIPTORS)
		return failure(EMFILE, "a process may open %u files here, too few: "
			       "raise the hard limit (ulimit -Hn)", (unsigned)files.rlim_cur);
	bounds->descriptors = (unsigned)files.rlim_cur - SPARE_DESCRIPTORS;
	return 0;
}

static int check_loopback(void)
{
	struct ifreq loopback = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), result;

	if (fd < 0)
		return failure_call("open an AF_INET socket");
	result = ioctl(fd, SIOCGIFFLAGS, &loopback);
	close(fd);
	if (result < 0)
		return failure_call("look at lo");
	if (!(loopback.ifr_flags & IFF_UP))
		return failure(ENETDOWN, "lo is down: ip link set lo up");
	return 0;
}

int bounds_read(struct bounds *bounds)
{
	int result;

	memset(bounds, 0, sizeof(*bounds));
	read_rto_max(bounds);
	if ((result = check_loopback()) < 0 ||
	    (result = raise_descriptors(bounds)) < 0 ||
	    (result = read_ports(bounds)) < 0 ||
	    (result = read_time_wait_room(bounds)) < 0 ||
	    (result = read_unsigned("/proc/sys/net/core/somaxconn", &bounds->somaxconn)) < 0 ||
	    (result = read_unsigned("/proc/sys/net/ipv4/tcp_syncookies",
				    &bounds->syncookies)) < 0 ||
	    (result = read_unsigned("/proc/sys/net/ipv4/tcp_max_syn_backlog",
				    &bounds->max_syn_backlog)) < 0)
		return result;
	return 0;
}

unsigned bounds_backlog(const struct bounds *bounds, unsigned backlog)
{
	return backlog < bounds->somaxconn ? backlog : bounds->somaxconn;
}

unsigned bounds_syn_queue(const struct bounds *bounds, unsigned backlog)
{
	unsigned room = bounds_backlog(bounds, backlog) + 1;
	unsigned unproven = bounds->max_syn_backlog - (bounds->max_syn_backlog >> 2) + 1;

	if (bounds->syncookies == 2)
		return 0;
	if (bounds->syncookies == 0 && unproven < room)
		return unproven;
	return room;
}

unsigned bounds_lasting_syn_queue(const struct bounds *bounds, unsigned backlog)
{
	unsigned admitted = bounds_syn_queue(bounds, backlog);
	unsigned half = bounds_backlog(bounds, backlog) / 2;

	if (half < 4)
		half = 4;
	return half < admitted ? half : admitted;
}

unsigned bounds_patience(const struct bounds *bounds, unsigned retries)
{
	unsigned seconds = 0, wait = 1;

	for (unsigned i = 0; i <= retries; i++) {
		seconds += wait < bounds->rto_max ? wait : bounds->rto_max;
		if (wait < bounds->rto_max)
			wait *= 2;
	}
	return seconds;
}
