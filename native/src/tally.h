/* tally.h - folds one socket at a time into a snapshot's tables. */
#ifndef TALLY_H
#define TALLY_H

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
	/* The last TALLY_RECENT keys, a ring, and an index of it by hash. */
	uint64_t recent[TALLY_RECENT];
	uint16_t next_in_chain[TALLY_RECENT]; /* position + 1, 0 ends a chain */
	uint16_t chain[TALLY_CHAINS];
	uint32_t position;
	bool full;
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

	/* Of listeners only. Their two queues are the length and the limit of the accept queue. */
	uint8_t known; /* enum synoptic_known: SYNOPTIC_KNOWN_LIMIT is send_queue */
	bool ipv6only; /* takes no IPv4 connections; false if the source doesn't have it */
	uint32_t drops;
	uint64_t cookie;
	uint64_t inode;
};

/* Family and addresses of an AF_INET or AF_INET6 socket; a v4-mapped one counts as IPv4. */
void tally_set_ipv4(struct tally_socket *socket, const uint32_t own[1], const uint32_t peer[1]);
void tally_set_ipv6(struct tally_socket *socket, const uint32_t own[4], const uint32_t peer[4]);

void tally_start(struct tally *tally, struct synoptic_snapshot *snapshot,
		 struct synoptic_namespace *namespaces, struct listeners *listeners,
		 struct owners *owners, struct destinations *destinations);
void tally_add(struct tally *tally, const struct tally_socket *socket);

#endif
