/* tally.h - folds one socket at a time into a snapshot's tables. */
#ifndef TALLY_H
#define TALLY_H

#include <netinet/tcp.h>
#include <stdbool.h>

#include "destinations.h"
#include "listeners.h"
#include "owners.h"
#include "synoptic.h"

/*
 * Repeats come soon after the original: a hash chain is walked in small
 * batches and resumed by position, so only what the last batches named can be
 * named again. An exact set of a million cookies would cost 8 MB.
 */
#define TALLY_RECENT 512
#define TALLY_CHAINS 1024

struct tally {
	struct synoptic_snapshot *snapshot;
	struct synoptic_namespace *namespaces; /* rows */
	struct listeners *listeners;
	struct owners *owners;
	struct destinations *destinations;
	bool listeners_alone; /* a source may stop at the first other socket */
	uint32_t known; /* enum synoptic_known, of connections: what the source knows of each */
	/* The last TALLY_RECENT keys, a ring, and an index of it by hash. */
	uint64_t recent[TALLY_RECENT];
	uint16_t next_in_chain[TALLY_RECENT]; /* position + 1, 0 ends a chain */
	uint16_t chain[TALLY_CHAINS];
	uint32_t position;
	bool full;
};

/* What the kernel reports as idiag_timer, and as `tr` in /proc/net/tcp. */
enum tally_timer {
	TALLY_TIMER_NONE       = 0,
	TALLY_TIMER_RETRANSMIT = 1, /* of a request socket, too */
	TALLY_TIMER_KEEPALIVE  = 2, /* or that of FIN_WAIT2 without a program */
	TALLY_TIMER_TIME_WAIT  = 3, /* of a timewait socket, also in FIN_WAIT2 */
	TALLY_TIMER_PROBE      = 4, /* of a zero window */
	TALLY_TIMERS
};

/* One socket as a source saw it. */
struct tally_socket {
	uint32_t netns_row; /* of the namespace that it is in */
	enum synoptic_family family;
	uint8_t state; /* 1 .. SYNOPTIC_STATES - 1, the source has checked it */
	uint32_t receive_queue;
	uint32_t send_queue;
	uint64_t key; /* names the socket, equal for repeats only; 0: unknown */
	/* Its own and its peer's, in network order; see tally_set_ipv6(). */
	uint32_t address[4], peer[4];
	uint16_t port, peer_port; /* in host order */
	uint64_t cgroup; /* its id; SYNOPTIC_OWNER_UNKNOWN if the source has none */
	/* enum synoptic_known: LIMIT is send_queue, TIMERS, ORPHANS and AGES are the next fields */
	uint8_t known;
	uint8_t timer;   /* enum tally_timer */
	uint8_t repeats; /* of its oldest segment, with TALLY_TIMER_RETRANSMIT */
	bool closed;     /* no program has it open */
	uint32_t age;    /* milliseconds in CLOSE_WAIT: SYNOPTIC_KNOWN_AGES */

	/* Of listeners only. Their two queues are the length and the limit of the accept queue. */
	bool ipv6only; /* takes no IPv4 connections; false if the source doesn't have it */
	uint32_t drops;
	uint32_t syn_queue, fast_open_queue; /* SYNOPTIC_KNOWN_SYN_QUEUE */
	uint64_t cookie;
	uint64_t inode;
};

/* Family and addresses of an AF_INET or AF_INET6 socket; a v4-mapped one counts as IPv4. */
void tally_set_ipv4(struct tally_socket *socket, const uint32_t own[1], const uint32_t peer[1]);
void tally_set_ipv6(struct tally_socket *socket, const uint32_t own[4], const uint32_t peer[4]);

void tally_start(struct tally *tally, struct synoptic_snapshot *snapshot,
		 struct synoptic_namespace *namespaces, struct listeners *listeners,
		 struct owners *owners, struct destinations *destinations);

/* Returns false if it is a duplicate. */
bool tally_add(struct tally *tally, const struct tally_socket *socket);

/* Forgets which sockets came: they may come again with their ages alone. */
void tally_start_ages(struct tally *tally);
void tally_add_age(struct tally *tally, const struct tally_socket *socket);

/* In these states a full socket that no program has open is an orphan; else it may wait for accept(). */
static inline bool tally_may_be_orphan(uint8_t state)
{
	return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_LAST_ACK ||
	       state == TCP_CLOSING;
}

#endif
