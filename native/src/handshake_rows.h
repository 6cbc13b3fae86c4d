/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * handshake_rows.h - what handshakes.c and bpf/handshakes.bpf.c know of a row: the bounds of the cells
 * that durations are counted in, and how long it stays.
 */
#ifndef HANDSHAKE_ROWS_H
#define HANDSHAKE_ROWS_H

#include "../include/synoptic.h"

/*
 * A row that has counted something stays without an event for `idle`, others for a tenth of it: who
 * listens on many ports fills the map for a minute.
 */
static inline __attribute__((always_inline)) uint64_t
handshake_idle(const struct synoptic_handshake_counts *row, uint64_t idle)
{
	uint64_t counted = row->opened | row->syn_acks_repeated;

	for (int by = 0; by < SYNOPTIC_CLOSED_BY; by++)
		for (int how = 0; how < SYNOPTIC_CLOSED_HOW; how++)
			counted |= row->closed[by][how];
	for (int i = 0; i < SYNOPTIC_FAILURES; i++)
		counted |= row->failed[i];
	return counted ? idle : idle / 10;
}

/*
 * Of all cells but the last, in whole microseconds, which a duration is in, and in seconds.
 * A power of two has no whole microseconds: as a bound it is the same without its fraction.
 */
#define HANDSHAKE_FRACTION(cell, power) cell(1000000 >> (power), 1.0 / (1 << (power)))

#define HANDSHAKE_BOUNDS(cell) \
	HANDSHAKE_FRACTION(cell, 17) \
	HANDSHAKE_FRACTION(cell, 16) \
	HANDSHAKE_FRACTION(cell, 15) \
	HANDSHAKE_FRACTION(cell, 14) \
	cell(100, 0.0001) \
	HANDSHAKE_FRACTION(cell, 13) \
	HANDSHAKE_FRACTION(cell, 12) \
	cell(250, 0.00025) \
	HANDSHAKE_FRACTION(cell, 11) \
	cell(500, 0.0005) \
	HANDSHAKE_FRACTION(cell, 10) \
	cell(1000, 0.001) \
	HANDSHAKE_FRACTION(cell, 9) \
	cell(2500, 0.0025) \
	HANDSHAKE_FRACTION(cell, 8) \
	cell(5000, 0.005) \
	HANDSHAKE_FRACTION(cell, 7) \
	cell(10000, 0.01) \
	HANDSHAKE_FRACTION(cell, 6) \
	cell(25000, 0.025) \
	HANDSHAKE_FRACTION(cell, 5) \
	cell(50000, 0.05) \
	HANDSHAKE_FRACTION(cell, 4) \
	cell(100000, 0.1) \
	HANDSHAKE_FRACTION(cell, 3) \
	cell(250000, 0.25) \
	cell(500000, 0.5) \
	cell(1000000, 1.0) \
	cell(2000000, 2.0) \
	cell(2500000, 2.5) \
	cell(4000000, 4.0) \
	cell(5000000, 5.0) \
	cell(8000000, 8.0)

#endif
