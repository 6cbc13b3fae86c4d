/* census.h - how many sockets are in which state, and until when. */
#ifndef LAB_CENSUS_H
#define LAB_CENSUS_H

#include <stdint.h>
#include <stdio.h>

/* A mapped socket is an AF_INET6 socket with ::ffff:a.b.c.d addresses at both ends. */
enum family { IPV4, IPV6, MAPPED, FAMILIES };

/* The kernel's own numbers, TCP_ESTABLISHED (1) to TCP_CLOSING (11). */
#define CENSUS_STATES 12

#define HOLDS_FOREVER UINT32_MAX

struct census {
	uint32_t sockets[FAMILIES][CENSUS_STATES];
	uint64_t until; /* CLOCK_MONOTONIC, milliseconds; UINT64_MAX: forever */
};

extern const char *const census_families[FAMILIES];
extern const char *const census_states[CENSUS_STATES];

uint64_t census_now(void);

/* No sockets, forever. */
void census_start(struct census *census);

void census_add(struct census *census, enum family family, int state, uint32_t sockets);

/* Something made at `since` or later stays as it is for `seconds`. */
void census_holds(struct census *census, uint64_t since, uint32_t seconds);

void census_merge(struct census *census, const struct census *part);

/*
 * Writes the counts, `holds` and `ready`, and flushes. Returns 0 or -errno,
 * with a failure text: nothing was written if the counts hold no longer.
 */
int census_report(const struct census *census, FILE *out);

#endif
