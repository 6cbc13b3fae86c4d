/* bounds.h - what this kernel and namespace allow. */
#ifndef LAB_BOUNDS_H
#define LAB_BOUNDS_H

struct bounds {
	unsigned descriptors;     /* a process may use for sockets */
	unsigned somaxconn;
	unsigned syncookies;      /* 0 off, 1 when the SYN queue is full, 2 always */
	unsigned max_syn_backlog;
	unsigned time_wait_room;  /* timewait sockets this namespace still admits */
	unsigned first_ephemeral, last_ephemeral; /* ports connect() picks from */
	unsigned rto_max;         /* seconds between two retransmissions, at most */
};

/*
 * Raises the soft limit of descriptors on the way. Returns 0, or -errno with a
 * failure text; lo being down is one.
 */
int bounds_read(struct bounds *bounds);

/* The backlog a listener really gets. */
unsigned bounds_backlog(const struct bounds *bounds, unsigned backlog);

/* Request sockets a listener's SYN queue admits: tcp_conn_request(), net/ipv4/tcp_input.c. */
unsigned bounds_syn_queue(const struct bounds *bounds, unsigned backlog);

/*
 * Of those, how many are left in peace. With more, reqsk_timer_handler()
 * (net/ipv4/inet_connection_sock.c) drops each one two SYN-ACKs after the first.
 */
unsigned bounds_lasting_syn_queue(const struct bounds *bounds, unsigned backlog);
#define BOUNDS_PRUNED_SYN_RETRIES 2

/* Seconds from a first SYN or SYN-ACK until its sender gives up after `retries` more. */
unsigned bounds_patience(const struct bounds *bounds, unsigned retries);

#endif
