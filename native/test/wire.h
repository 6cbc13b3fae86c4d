/*
 * wire.h - a wire between two network namespaces of a test's own, which delays and loses segments as
 * told, and writes down when it had which. It is two TUN devices and a child that passes on what they
 * send.
 */
#ifndef WIRE_H
#define WIRE_H

#include "children.h"
#include "places.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#define WIRE_PACKETS 4096
#define WIRE_BYTES 2048

/* The ends: what one sends the other gets. */
#define WIRE_ADDRESS(end) (0x0a090001u + (uint32_t)(end))

/*
 * Of a connection, by the port of the end 0. A segment is heard after an end has sent it; that the
 * wire delivers it begins before the other end has it, and is done after.
 */
struct wire_times {
	uint64_t syn_heard, syn_begun;
	uint64_t syn_ack_heard, syn_ack_begun, syn_ack_done;
	uint64_t ack_begun, ack_done;
	uint8_t syns, syn_acks; /* heard */
};

/* Shared with the child. */
struct wire {
	volatile uint64_t delay; /* nanoseconds, each way */
	/* Of each connection the first so many are lost. */
	volatile uint32_t lost_syns, lost_syn_acks;
	volatile uint32_t cut;         /* loses everything */
	volatile uint32_t unreachable; /* answers each SYN with ICMP: no such host */
	struct wire_times times[65536];
};

struct wire_packet {
	uint64_t due;
	int to;
	ssize_t length;
	unsigned char bytes[WIRE_BYTES];
};

static struct wire *wire;

static inline uint64_t wire_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline int wire_open_end(int end)
{
	struct ifreq request = { .ifr_name = "wire" };
	struct sockaddr_in *address = (void *)&request.ifr_addr;
	int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (tun < 0)
		SKIP("no TUN device can be made here");
	request.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (ioctl(tun, TUNSETIFF, &request) < 0)
		SKIP("no TUN device can be made here");
	memset(&request.ifr_ifru, 0, sizeof(request.ifr_ifru));
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(WIRE_ADDRESS(end));
	CHECK_EQUAL(0, ioctl(fd, SIOCSIFADDR, &request));
	address->sin_addr.s_addr = htonl(0xffffff00);
	CHECK_EQUAL(0, ioctl(fd, SIOCSIFNETMASK, &request));
	memset(&request.ifr_ifru, 0, sizeof(request.ifr_ifru));
	request.ifr_flags = IFF_UP;
	CHECK_EQUAL(0, ioctl(fd, SIOCSIFFLAGS, &request));
	close(fd);
	return tun;
}

static inline const struct tcphdr *wire_tcp(const struct wire_packet *packet)
{
	const struct iphdr *ip = (const void *)packet->bytes;

	if (packet->length < 40 || ip->version != 4 || ip->protocol != IPPROTO_TCP)
		return NULL;
	return (const void *)(packet->bytes + ip->ihl * 4);
}

static inline uint16_t wire_sum(const void *bytes, size_t length)
{
	const uint16_t *word = bytes;
	uint32_t sum = 0;

	for (size_t i = 0; i < length / 2; i++)
		sum += word[i];
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t) ~(sum + (sum >> 16));
}

/* Host unreachable, with the packet's first 28 bytes. */
static inline void wire_answer_unreachable(const struct wire_packet *packet, int tun)
{
	struct {
		struct iphdr ip;
		struct icmphdr icmp;
		unsigned char quoted[28];
	} answer = {
		.ip = { .version = 4, .ihl = 5, .tot_len = htons(56), .ttl = 64,
			.protocol = IPPROTO_ICMP },
		.icmp = { .type = ICMP_DEST_UNREACH, .code = ICMP_HOST_UNREACH },
	};
	const struct iphdr *ip = (const void *)packet->bytes;

	answer.ip.saddr = ip->daddr;
	answer.ip.daddr = ip->saddr;
	answer.ip.check = wire_sum(&answer.ip, 20);
	memcpy(answer.quoted, packet->bytes, 28);
	answer.icmp.checksum = wire_sum(&answer.icmp, 36);
	if (write(tun, &answer, 56) != 56)
		_exit(1);
}

/* Whether it is passed on. */
static inline bool wire_hear(const struct wire_packet *packet, uint64_t now, int tun)
{
	const struct tcphdr *tcp = wire_tcp(packet);
	struct wire_times *times;

	if (wire->cut || !tcp)
		return false;
	times = &wire->times[ntohs(packet->to == 1 ? tcp->source : tcp->dest)];
	if (!tcp->syn)
		return true;
	if (!tcp->ack && wire->unreachable) {
		wire_answer_unreachable(packet, tun);
		return false;
	}
	if (!tcp->ack && packet->to == 1) {
		times->syn_heard = now;
		return ++times->syns > wire->lost_syns;
	}
	if (tcp->ack && packet->to == 0) {
		times->syn_ack_heard = now;
		return ++times->syn_acks > wire->lost_syn_acks;
	}
	return true;
}

static inline void wire_say(const struct wire_packet *packet, const int ends[2])
{
	const struct tcphdr *tcp = wire_tcp(packet);
	struct wire_times *times = &wire->times[ntohs(packet->to == 1 ? tcp->source : tcp->dest)];
	bool syn_ack = packet->to == 0 && tcp->syn && tcp->ack;
	bool ack = packet->to == 1 && !tcp->syn && tcp->ack && times->ack_begun == 0;
	uint64_t begun = wire_now();

	if (write(ends[packet->to], packet->bytes, (size_t)packet->length) != packet->length &&
	    errno != EIO)
		_exit(1);
	if (packet->to == 1 && tcp->syn)
		times->syn_begun = begun;
	if (syn_ack) {
		times->syn_ack_begun = begun;
		times->syn_ack_done = wire_now();
	}
	if (ack) {
		times->ack_begun = begun;
		times->ack_done = wire_now();
	}
}

static _Noreturn inline void wire_run(const int ends[2])
{
	static struct wire_packet ring[WIRE_PACKETS];
	uint32_t first = 0, next = 0;

	for (;;) {
		struct pollfd polled[2] = {
			{ .fd = ends[0], .events = POLLIN }, { .fd = ends[1], .events = POLLIN },
		};
		uint64_t now = wire_now(), wait = 1000000000;
		struct timespec timeout;

		for (; first != next && ring[first % WIRE_PACKETS].due <= now; first++)
			wire_say(&ring[first % WIRE_PACKETS], ends);
		if (first != next)
			wait = ring[first % WIRE_PACKETS].due - now;
		timeout = (struct timespec){ .tv_sec = (time_t)(wait / 1000000000),
					     .tv_nsec = (long)(wait % 1000000000) };
		ppoll(polled, 2, &timeout, NULL);
		now = wire_now();
		for (int i = 0; i < 2; i++)
			for (;;) {
				struct wire_packet *packet = &ring[next % WIRE_PACKETS];

				if (next - first == WIRE_PACKETS)
					break;
				packet->length = read(ends[i], packet->bytes, WIRE_BYTES);
				if (packet->length <= 0)
					break;
				packet->to = 1 - i;
				packet->due = now + wire->delay;
				next += wire_hear(packet, now, ends[i]);
			}
	}
}

/* Makes two places, the last two of `places`, and leaves the process where it was. */
static inline void wire_start(uint64_t delay_nanoseconds)
{
	int here = netns_open(), ends[2];

	if (!wire)
		wire = mmap(NULL, sizeof(*wire), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
	CHECK(wire != MAP_FAILED);
	memset(wire, 0, sizeof(*wire));
	wire->delay = delay_nanoseconds;
	for (int i = 0; i < 2; i++) {
		make_place(1024);
		ends[i] = wire_open_end(i);
	}
	go(here);
	close(here);
	if (children_fork() == 0)
		wire_run(ends);
	close(ends[0]);
	close(ends[1]);
}

#endif
