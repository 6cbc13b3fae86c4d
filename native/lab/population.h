/* population.h - one POPULATION of the command line. */
#ifndef LAB_POPULATION_H
#define LAB_POPULATION_H

#include "loopback.h"
#include "recipe.h"

/* Sockets of a connection are two, so this is a million. */
#define POPULATION_MOST 500000

/* Returns 0, or -EINVAL with a failure text. */
int population_parse(const char *text, struct population *population);

/* A number and nothing else. Returns 0, or -EINVAL without a failure text. */
int population_number(const char *text, int length, unsigned least, unsigned most,
		      unsigned *number);

/* Connections asked for, or sockets where a population consists of those. */
uint64_t population_size(const struct population *population);

/* Where the listeners of its nth part bind. */
struct place population_place(const struct population *population, unsigned n);

#endif
