/* population.c - one POPULATION of the command line. */
#include "population.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "failure.h"
#include "flood.h"
#include "queue.h"

#define MOST_BACKLOG 1000000
#define MOST_MEMBERS 10000
#define MOST_PORT 65535

struct key {
	const char *name;
	enum keys bit;
	size_t offset;
	unsigned least, most;
};

static const struct key keys[] = {
	{ "backlog", KEY_BACKLOG, offsetof(struct population, backlog), 0, MOST_BACKLOG },
	{ "fill", KEY_FILL, offsetof(struct population, fill), 0, POPULATION_MOST },
	{ "group", KEY_GROUP, offsetof(struct population, group), 1, MOST_MEMBERS },
	{ "port", KEY_PORT, offsetof(struct population, port), 1, MOST_PORT },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

int population_number(const char *text, int length, unsigned least, unsigned most,
		      unsigned *number)
{
	uint64_t value = 0;

	if (length < 1 || length > 9)
		return -EINVAL;
	for (int i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	if (value < least || value > most)
		return -EINVAL;
	*number = (unsigned)value;
	return 0;
}

static int parse_family(const char *text, int length, struct population *population)
{
	for (int family = 0; family < FAMILIES; family++) {
		if ((size_t)length == strlen(census_families[family]) &&
		    memcmp(text, census_families[family], (size_t)length) == 0) {
			population->family = (enum family)family;
			return 0;
		}
	}
	return failure(EINVAL, "%s: unknown family \"%.*s\": use ipv4, ipv6 or mapped",
		       population->text, length, text);
}

static int parse_recipe(const char *text, int length, struct population *population)
{
	population->recipe = recipe_find(text, length);
	if (population->recipe)
		return 0;
	return failure(EINVAL, "%s: unknown state \"%.*s\": use one of %s", population->text,
		       length, text, recipe_names());
}

static int parse_key(const char *text, struct population *population)
{
	int length = (int)strcspn(text, "=,");
	const char *value = text + length + (text[length] == '=');
	unsigned *number;

	for (size_t i = 0; i < KEYS; i++) {
		if ((size_t)length != strlen(keys[i].name) ||
		    memcmp(text, keys[i].name, (size_t)length) != 0 ||
		    !(population->recipe->keys & keys[i].bit))
			continue;
		number = (unsigned *)(void *)((char *)population + keys[i].offset);
		if (text[length] == '=' &&
		    population_number(value, (int)strcspn(value, ","), keys[i].least,
				      keys[i].most, number) == 0) {
			population->given |= keys[i].bit;
			return 0;
		}
		return failure(EINVAL, "%s: %s must be a number from %u to %u: write %s=NUMBER",
			       population->text, keys[i].name, keys[i].least, keys[i].most,
			       keys[i].name);
	}
	return failure(EINVAL, "%s: %s takes no \"%.*s\": %s", population->text,
		       population->recipe->name, length, text,
		       population->recipe->keys & KEY_FILL ? "use backlog, fill, group or port" :
		       population->recipe->keys ? "use backlog or port" : "give a number alone");
}

/* What no key's own bounds can say. */
static int check(const struct population *population)
{
	uint64_t room = (uint64_t)population->group * (population->backlog + 1u);

	if (population->fill > room)
		return failure(EINVAL, "%s: fill=%u is more than group=%u times backlog=%u + 1, "
			       "which is all that fits", population->text, population->fill,
			       population->group, population->backlog);
	if (population->recipe->make == flood_make && population->count > FLOOD_MOST)
		return failure(EINVAL, "%s: one listener gets at most %u SYNs: use several",
			       population->text, FLOOD_MOST);
	if (population->recipe->make == queue_make && population->port &&
	    population->port + population->count - 1 > MOST_PORT)
		return failure(EINVAL, "%s: ports %u and up, one a group, end at %u: start lower",
			       population->text, population->port, MOST_PORT);
	return 0;
}

int population_parse(const char *text, struct population *population)
{
	const char *at = text;
	int length = (int)strcspn(at, ":=,"), result;

	*population = (struct population){ .text = text, .backlog = 128, .group = 1 };
	if ((result = parse_family(at, length, population)) < 0)
		return result;
	if (at[length] != ':')
		return failure(EINVAL, "%s: no state: write FAMILY:STATE=NUMBER", text);
	at += length + 1;
	length = (int)strcspn(at, "=,");
	if ((result = parse_recipe(at, length, population)) < 0)
		return result;
	at += length + (at[length] == '=');
	length = (int)strcspn(at, ",");
	if (at[-1] != '=' ||
	    population_number(at, length, 1, POPULATION_MOST, &population->count) < 0)
		return failure(EINVAL, "%s: how many? write FAMILY:STATE=NUMBER, from 1 to %u",
			       text, POPULATION_MOST);
	for (at += length; *at; at += strcspn(at, ",")) {
		at++;
		if ((result = parse_key(at, population)) < 0)
			return result;
	}
	return check(population);
}

uint64_t population_size(const struct population *population)
{
	if (population->recipe->make == queue_make)
		return (uint64_t)population->count * (population->group + population->fill);
	return population->count;
}

struct place population_place(const struct population *population, unsigned n)
{
	struct place place = {
		.family = population->family,
		.port = population->port ? population->port + n : 0,
	};
	const struct recipe *recipe = population->recipe;

	place.wildcard = place.family == MAPPED &&
			 (recipe->make == queue_make || recipe->make == flood_make);
	return place;
}
