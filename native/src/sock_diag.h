/* sock_diag.h - the TCP sockets of a namespace through one netlink dump. */
#ifndef SOCK_DIAG_H
#define SOCK_DIAG_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>

#include "deadline.h"
#include "tally.h"

/*
 * Opens a socket in the calling thread's network namespace, asks for every TCP
 * socket and folds the answer into `tally`. Gives up at `deadline`. Returns 0
 * only if the kernel said that the dump is complete, else -errno as
 * synoptic_scan() names them.
 */
int sock_diag_scan(struct tally *tally, deadline_t deadline);

/* Sockets in CLOSE_WAIT, the first ones of `count`. Their ids are how they are asked for again. */
#define SOCK_DIAG_CLOSE_WAIT 512

struct sock_diag_close_wait {
	uint32_t count;
	uint8_t family[SOCK_DIAG_CLOSE_WAIT];
	struct inet_diag_sockid id[SOCK_DIAG_CLOSE_WAIT];
};

/* What rows are of. */
enum sock_diag_what {
	SOCK_DIAG_SOCKETS = 0, /* sockets that count */
	SOCK_DIAG_AGES,        /* sockets that have been counted, with their ages */
	SOCK_DIAG_AGE,         /* one of these, and the answer has no other */
};

/* What an answer must match to be believed, and where its rows go. */
struct sock_diag_dump {
	struct tally *tally;
	uint16_t type; /* of a row: the request's own nlmsg_type */
	uint32_t sequence;
	uint32_t portid;
	uint64_t rows;
	enum sock_diag_what what;
	struct sock_diag_close_wait *close_wait; /* those that count are added; may be null */
};

/*
 * Reads one datagram of an answer. Returns 0 if more must follow, 1 if it ended
 * the dump well, -errno if the dump has failed.
 */
int sock_diag_read(struct sock_diag_dump *dump, const struct sockaddr_nl *sender,
		   const void *datagram, size_t size);

#endif
