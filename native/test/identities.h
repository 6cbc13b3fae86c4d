/* identities.h - a set of sockets' cookies, exact and of one fixed size. */
#ifndef IDENTITIES_H
#define IDENTITIES_H

#include "test.h"

#include <stdint.h>

#define IDENTITIES (1u << 16)

struct identities {
	uint64_t cookies[IDENTITIES]; /* open addressing; 0 is free, for no cookie is 0 */
	uint32_t count;
};

static inline void identities_clear(struct identities *set)
{
	memset(set, 0, sizeof(*set));
}

/* Returns whether the cookie is a new one. */
static inline bool identities_add(struct identities *set, uint64_t cookie)
{
	uint32_t at = (uint32_t)((cookie * 0x9e3779b97f4a7c15ULL) >> 48);

	while (set->cookies[at] && set->cookies[at] != cookie)
		at = (at + 1) % IDENTITIES;
	if (set->cookies[at])
		return false;
	CHECK(set->count < IDENTITIES / 2);
	set->cookies[at] = cookie;
	set->count++;
	return true;
}

#endif
