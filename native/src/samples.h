/* samples.h - adds polls of the listeners up. */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "sampler_tables.h"

/* Adds a poll that began at `now`, nanoseconds of CLOCK_MONOTONIC. */
void samples_add(struct sampler *sampler, const struct synoptic_snapshot *snapshot, uint64_t now);

/* Sets the peaks of all rows. */
void samples_show(struct sampler *sampler, uint64_t now);

#endif
