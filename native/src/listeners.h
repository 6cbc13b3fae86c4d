/* listeners.h - which listener a connection belongs to. */
#ifndef LISTENERS_H
#define LISTENERS_H

#include <stdbool.h>

#include "synoptic.h"

struct tally_socket;

/* An index entry is a row's number + 1, 0 if free. */
typedef uint16_t listeners_index_t;

#define LISTENERS_MOST 65534

struct listeners {
	struct synoptic_listener *rows;
	uint32_t capacity, count;
	/* The first row of each family, address and port, by hash; half of it stays free. */
	listeners_index_t *index;
	uint32_t slots; /* a power of two */
	/* A bit a port that is listened on: most sockets of a busy client stop here. */
	uint8_t ports[65536 / 8];
};

/* How many index entries so many rows need: a power of two. */
uint32_t listeners_slots(uint32_t capacity);

void listeners_start(struct listeners *listeners, struct synoptic_listener *rows,
		     uint32_t capacity, listeners_index_t *index);

/* Adds a listening socket. Returns false if there is no row left. */
bool listeners_add(struct listeners *listeners, const struct tally_socket *socket);

/* Counts a socket of any other state with its listener. Returns false if it has none. */
bool listeners_count(struct listeners *listeners, const struct tally_socket *socket);

#endif
