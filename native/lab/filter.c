/* filter.c - classic BPF: which segments a socket gets to see. */
#include "filter.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "failure.h"

#define PASS 0xffffffffu
#define DROP 0

/* A TCP socket's filter sees the segment from its TCP header on: tcp_v4_rcv(). */
#define FLAGS_OFFSET 13
#define FLAGS_FIN_SYN_RST_ACK 0x17
#define FLAGS_SYN 0x02

/*
 * The mark is a DSCP, for one can be set per socket, without privilege, and read
 * by a filter. This one is of the pool for local use (RFC 2474, xxxx11).
 */
#define MUTED 0x0c
#define DSCP_MASK 0xfc

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int attach(int fd, int option, const struct sock_filter *code, size_t instructions)
{
	struct sock_fprog program;

	memset(&program, 0, sizeof(program)); /* its padding too: the kernel reads it all */
	program.len = (unsigned short)instructions;
	program.filter = (struct sock_filter *)code;
	if (setsockopt(fd, SOL_SOCKET, option, &program, sizeof(program)) < 0)
		return failure_call("attach a filter");
	return 0;
}

int filter_drop_all(int fd)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_RET | BPF_K, DROP),
	};

	return attach(fd, SO_ATTACH_FILTER, code, COUNT(code));
}

int filter_pass_syn(int fd)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS_OFFSET),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, FLAGS_FIN_SYN_RST_ACK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FLAGS_SYN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, PASS),
		BPF_STMT(BPF_RET | BPF_K, DROP),
	};

	return attach(fd, SO_ATTACH_FILTER, code, COUNT(code));
}

int filter_drop_muted(int fd)
{
	/* A mapped listener's segments are IPv4's, so the packet says which header it has. */
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_NET_OFF),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 2, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_NET_OFF + 1),
		BPF_JUMP(BPF_JMP | BPF_JA, 2, 0, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)SKF_NET_OFF),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, DSCP_MASK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MUTED, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, DROP),
		BPF_STMT(BPF_RET | BPF_K, PASS),
	};

	return attach(fd, SO_ATTACH_FILTER, code, COUNT(code));
}

int filter_mute(int client, enum family family)
{
	const int mark = MUTED;
	int result;

	if (family == IPV6)
		result = setsockopt(client, IPPROTO_IPV6, IPV6_TCLASS, &mark, sizeof(mark));
	else
		result = setsockopt(client, IPPROTO_IP, IP_TOS, &mark, sizeof(mark));
	return result < 0 ? failure_call("mark a client's segments") : 0;
}

int filter_pass_source(int raw, enum family family, unsigned port)
{
	/* A raw IPv4 socket sees the IP header too, without options here; an IPv6 one doesn't. */
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, family == IPV6 ? 0 : sizeof(struct iphdr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, PASS),
		BPF_STMT(BPF_RET | BPF_K, DROP),
	};

	return attach(raw, SO_ATTACH_FILTER, code, COUNT(code));
}

int filter_steer(int listener, unsigned member)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_RET | BPF_K, member),
	};

	return attach(listener, SO_ATTACH_REUSEPORT_CBPF, code, COUNT(code));
}

int filter_steer_no_more(int listener)
{
	const int unused = 0;

	if (setsockopt(listener, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &unused,
		       sizeof(unused)) < 0)
		return failure_call("detach a SO_REUSEPORT group's filter");
	return 0;
}
