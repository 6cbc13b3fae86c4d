/* hash.h - one number for several: equal for equal ones, else hardly ever. */
#ifndef HASH_H
#define HASH_H

#include <stdint.h>

static inline uint64_t hash_mix(uint64_t hash, uint32_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 32;
}

#endif
