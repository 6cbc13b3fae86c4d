/* recipe.h - what can be made: the list that the command line, the plan and the workers share. */
#ifndef LAB_RECIPE_H
#define LAB_RECIPE_H

#include "census.h"
#include "bounds.h"

/* FAMILY:NAME=COUNT and its keys, as asked for. */
struct population {
	const char *text; /* the argument itself */
	const struct recipe *recipe;
	enum family family;
	unsigned count;
	unsigned given; /* enum keys */
	unsigned backlog, fill, group, port; /* port 0: any */
};

/*
 * How a population can be shared out. A unit is the least that one process can
 * make: a connection, a group of listeners, a flood. A chunk is the most units
 * that one listener serves.
 */
struct measure {
	unsigned units;
	unsigned chunk;
	unsigned descriptors; /* of one unit, at most; a chunk's listener is one more */
	unsigned holds;       /* seconds, HOLDS_FOREVER */
};

/* Some units of one population, made in one go by one worker. */
struct chunk {
	const struct population *population;
	const struct bounds *bounds;
	unsigned first, units;
	unsigned holds; /* as in struct measure */
	unsigned worker;
};

struct connection {
	int client, server;
};

enum end { NEITHER, CLIENT, SERVER };

enum traits {
	UNANSWERED = 1,   /* the client repeats what its server doesn't get */
	SMALL_WINDOW = 2, /* the server takes little that isn't read */
};

enum keys { KEY_BACKLOG = 1, KEY_FILL = 2, KEY_GROUP = 4, KEY_PORT = 8 };

struct recipe {
	const char *name;
	unsigned keys; /* enum keys: what may follow the count */

	/* Returns 0, or -errno with a failure text: this kernel can't hold it. */
	int (*measure)(const struct population *population, const struct bounds *bounds,
		       struct measure *measure);

	/*
	 * Makes the chunk and adds its sockets and how long they hold. Returns 0,
	 * or -errno with a failure text: the worker then ends, and
	 * its sockets are closed.
	 */
	int (*make)(const struct chunk *chunk, struct census *census);

	/* For freeze_pairs(): who half-closes, what is done then, the states that gives. */
	enum end closes_first;
	unsigned traits; /* enum traits */
	int (*turn)(const struct connection *connection, enum family family);
	int client, server;
	/* What is done when all connections are in their states. */
	int (*settle)(const struct connection *connection);
};

/* Ends with a name of NULL. */
extern const struct recipe recipes[];

const struct recipe *recipe_find(const char *name, int length);

/* All their names, for a message. */
const char *recipe_names(void);

#endif
