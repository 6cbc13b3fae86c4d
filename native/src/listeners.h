/* listeners.h - which listener a connection belongs to. */
#ifndef LISTENERS_H
#define LISTENERS_H

#include <stdbool.h>

#include "hash.h"
#include "synoptic.h"

struct tally_socket;

struct listeners {
	struct synoptic_listener *rows;
	uint32_t capacity, count;
	/* The first row of each namespace, family, address and port, of both kinds by ipv6only. */
	hash_entry_t *index;
	uint32_t entries;
	/* A bit a port that is listened on: most sockets of a busy client stop here. */
	uint8_t ports[65536 / 8];
};

/* `index` has room for hash_entries(capacity). */
void listeners_start(struct listeners *listeners, struct synoptic_listener *rows,
		     uint32_t capacity, hash_entry_t *index);

/* Adds a listening socket. Returns false if there is no row left. */
bool listeners_add(struct listeners *listeners, const struct tally_socket *socket);

/* The listener that a socket of any other state belongs to; null if it has none. */
struct synoptic_listener *listeners_find(struct listeners *listeners,
					 const struct tally_socket *socket);

/* Counts it there, and returns the listener. */
struct synoptic_listener *listeners_count(struct listeners *listeners,
					  const struct tally_socket *socket);

#endif
