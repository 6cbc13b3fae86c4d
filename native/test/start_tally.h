/* start_tally.h - a tally for tests that fold sockets themselves. */
#ifndef START_TALLY_H
#define START_TALLY_H

#include "tally.h"

#include <string.h>

#define LISTENER_ROWS 64
#define OWNER_ROWS 16 /* beside those that are always there */

static struct synoptic_listener listener_rows[LISTENER_ROWS];
static struct listeners listeners;
static struct synoptic_owner owner_rows[OWNERS_ALWAYS + OWNER_ROWS];
static struct owners owners;
static struct destinations destinations;

/* Starts with nothing counted and room for LISTENER_ROWS listeners and OWNER_ROWS owners. */
static inline void start_tally(struct tally *tally, struct synoptic_snapshot *snapshot,
			       struct synoptic_namespace *namespace)
{
	static hash_entry_t listener_index[2 * LISTENER_ROWS], owner_index[2 * OWNER_ROWS];

	static _Alignas(8) char destination_bytes[DESTINATIONS_BYTES];

	memset(snapshot, 0, sizeof(*snapshot));
	memset(namespace, 0, sizeof(*namespace));
	memset(listener_rows, 0, sizeof(listener_rows));
	listeners_start(&listeners, listener_rows, LISTENER_ROWS, listener_index);
	owners_start(&owners, owner_rows, OWNER_ROWS, 1, owner_index);
	destinations_start(&destinations, destination_bytes, 1);
	tally_start(tally, snapshot, namespace, &listeners, &owners, &destinations);
}

#endif
