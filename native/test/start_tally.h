/* start_tally.h - a tally for tests that fold sockets themselves. */
#ifndef START_TALLY_H
#define START_TALLY_H

#include "tally.h"

#include <string.h>

#define LISTENER_ROWS 64

static struct synoptic_listener listener_rows[LISTENER_ROWS];
static struct listeners listeners;

/* Starts with nothing counted and room for LISTENER_ROWS listeners. */
static inline void start_tally(struct tally *tally, struct synoptic_snapshot *snapshot,
			       struct synoptic_namespace *namespace)
{
	static hash_entry_t index[2 * LISTENER_ROWS];

	memset(snapshot, 0, sizeof(*snapshot));
	memset(namespace, 0, sizeof(*namespace));
	memset(listener_rows, 0, sizeof(listener_rows));
	listeners_start(&listeners, listener_rows, LISTENER_ROWS, index);
	tally_start(tally, snapshot, namespace, &listeners);
}

#endif
