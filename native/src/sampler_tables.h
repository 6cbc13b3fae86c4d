/* sampler_tables.h - what is in a sampler's buffer: rows, sockets, and how they are found. */
#ifndef SAMPLER_TABLES_H
#define SAMPLER_TABLES_H

#include <stdbool.h>

#include "budget.h"
#include "hash.h"
#include "synoptic.h"

/* The caller's buffer starts with it. Behind it are rows, accounts, sockets and indexes. */
struct sampler {
	struct synoptic_sampler shown;
	uint32_t capacity;  /* of rows, and of sockets */
	uint32_t sockets;   /* that are remembered */
	uint32_t free_from; /* no row before it is free */
	uint32_t poll;      /* the number of the newest */
	bool limits;        /* the newest had them */
	bool all_sockets;   /* the newest with drops had every socket: one that isn't remembered is new */
	/* For synoptic_sample(). */
	uint64_t tried; /* when the last poll began, also one that failed; 0: none */
	struct budget budget;
};

/* Spans of time that peaks are kept of; the newest is not over. */
#define SAMPLER_PEAKS 13

/* Of a row, and of those that are folded into it. */
struct sampler_account {
	double highest;             /* utilization in the newest poll */
	uint32_t poll;              /* the last that showed the row */
	uint32_t peaks_until;       /* the number of the newest span, since the clock's start */
	double peaks[SAMPLER_PEAKS]; /* by span, modulo SAMPLER_PEAKS */
	bool is_group;              /* while rows are freed: others are folded into it */
};

/* A listening socket that has drops. */
struct sampler_socket {
	uint64_t cookie, netns_cookie;
	uint32_t drops;
	uint32_t poll; /* the last that showed it */
};

/* Where they are. */
struct sampler_tables {
	struct sampler *sampler;
	struct synoptic_sampled *rows;
	struct sampler_account *accounts; /* one for each row */
	struct sampler_socket *sockets;
	hash_entry_t *row_index, *socket_index;
	uint32_t mask; /* entries of an index, less 1 */
};

struct sampler_tables sampler_tables(struct sampler *sampler);

/* The row of a listener's group, made if there is none; null if there is no room for it. */
struct synoptic_sampled *sampler_row(const struct sampler_tables *tables, uint64_t netns_cookie,
				     const struct synoptic_listener *listener);

/* The account of the row that this one is folded into. */
struct sampler_account *sampler_account(const struct sampler_tables *tables, uint32_t row);

/*
 * The socket of a listener. One that appears is given the number of drops that its first
 * difference is from. Null if there is no room for it.
 */
struct sampler_socket *sampler_socket(const struct sampler_tables *tables, uint64_t netns_cookie,
				      const struct synoptic_listener *listener);

/* Forgets the sockets that so many polls have missed. */
void sampler_forget_sockets(const struct sampler_tables *tables, uint32_t missed_polls);

/* Frees rows of groups that are closed: after an hour, or earlier as long as less than a quarter is free. */
void sampler_free_rows(struct sampler *sampler);

#endif
