/* hash.h - finding rows by what is in them. */
#ifndef HASH_H
#define HASH_H

#include <stdint.h>

/* Mixes a value into a hash. Different values seldom give equal hashes. */
static inline uint64_t hash_mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 32;
}

/* An entry of an index is a row's number + 1, 0 if free; the hash says where to look first. */
typedef uint16_t hash_entry_t;

#define HASH_ROWS_MOST 65534

/* How many entries so many rows need: a power of two, and half of them stay free. */
static inline uint32_t hash_entries(uint32_t rows)
{
	uint32_t entries = 2;

	while (entries < 2 * rows)
		entries *= 2;
	return entries;
}

#endif
