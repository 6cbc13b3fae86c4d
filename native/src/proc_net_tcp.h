/* proc_net_tcp.h - the TCP sockets of a namespace from /proc/net/tcp and tcp6. */
#ifndef PROC_NET_TCP_H
#define PROC_NET_TCP_H

#include "deadline.h"
#include "tally.h"

/* Which lines are folded. */
enum proc_lines { PROC_ALL, PROC_LISTENERS, PROC_OTHERS };

/*
 * Folds the lines of PROCFS/net/tcp and PROCFS/net/tcp6 into `tally`; a kernel without IPv6
 * has no tcp6. `in_order` reads them once and takes listeners to come first, as Linux 4.4
 * and later have them. Else they are read twice, for the listeners and for all others; with
 * listeners_alone once, to the end.
 *
 * Returns 0, 1 if a listener came after a connection (what is in `tally` is then of no use,
 * and the lines are not in order), or -errno as synoptic_scan() names them.
 */
int proc_net_tcp_scan(struct tally *tally, const char *procfs, bool in_order, deadline_t deadline);

/* A file as far as it has been read: how far into which line, and that line's fields. */
struct proc_net_tcp {
	struct tally *tally;
	uint8_t family; /* AF_INET, AF_INET6: how wide the file's addresses are */
	enum proc_lines lines;
	bool past_listeners; /* there was a connection */
	bool titled;    /* the first line, which names the columns, has been read */
	bool inside;    /* a line has begun and not ended */

	uint32_t field;  /* of the line, from 0 */
	uint32_t length; /* of the field so far */
	char text[40];   /* the field so far, without what is too long to be known */

	uint32_t own[4]; /* the line's first address */
	struct tally_socket socket;
};

void proc_net_tcp_start(struct proc_net_tcp *file, struct tally *tally, uint8_t family,
			enum proc_lines lines);

/*
 * Reads the next piece, cut anywhere. Returns 0 if more may follow, 1 if PROC_ALL
 * met a listener after a connection, -errno if this is no such file.
 */
int proc_net_tcp_read(struct proc_net_tcp *file, const char *piece, size_t size);

/* After the last piece. Returns 0, or -EBADMSG if the file ended inside a line. */
int proc_net_tcp_end(const struct proc_net_tcp *file);

#endif
