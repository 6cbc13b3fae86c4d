/*
 * fuzz_main.c - plays damaged seeds: fuzz_read FIRST RUNS SEED...
 *
 * A run's damage depends on its number and the seeds alone, so the one that is named
 * when a run aborts can be played again: fuzz_read NUMBER 1 SEED...
 */
#include "fuzz_read.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST 16384
#define SEEDS 8

static struct input {
	uint8_t bytes[MOST];
	size_t size;
} seeds[SEEDS], input;

static uint32_t seed_count;
static uint64_t run, state;

static size_t below(size_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return limit ? (state * 0x2545f4914f6cdd1dULL >> 32) % limit : 0;
}

static void name_run(int signal_number)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "fuzz_read: run %llu failed\n",
			      (unsigned long long)run);

	if (write(STDERR_FILENO, text, (size_t)length) < length)
		_exit(2);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static int load(const char *path)
{
	struct input *seed = &seeds[seed_count];
	FILE *file = fopen(path, "rb");

	if (!file) {
		perror(path);
		return -1;
	}
	seed->size = fread(seed->bytes, 1, sizeof(seed->bytes), file);
	fclose(file);
	seed_count++;
	return 0;
}

/* A word as lengths, types and statuses have it, or as no one has. */
static void overwrite_word(void)
{
	static const uint32_t words[] = {
		0, 1, 2, 3, 4, 15, 16, 17, 20, 87, 88, 1 << 16, INT32_MAX, 0x80000000,
		0xfffffff0, UINT32_MAX,
	};
	/* Behind the byte that chooses the reader, words are aligned. */
	size_t at = 1 + below(input.size) / 4 * 4;

	if (at + 4 <= input.size)
		memcpy(input.bytes + at, &words[below(sizeof(words) / sizeof(*words))], 4);
}

static void delete_range(void)
{
	size_t at = below(input.size), length = below(input.size - at);

	memmove(input.bytes + at, input.bytes + at + length, input.size - at - length);
	input.size -= length;
}

/* Inserts a piece of any seed anywhere. */
static void splice(void)
{
	const struct input *from = &seeds[below(seed_count)];
	size_t start = below(from->size), length = below(from->size - start);
	size_t at = below(input.size);

	if (length > MOST - input.size)
		length = MOST - input.size;
	memmove(input.bytes + at + length, input.bytes + at, input.size - at);
	memcpy(input.bytes + at, from->bytes + start, length);
	input.size += length;
}

static void damage(void)
{
	if (input.size == 0)
		return;
	switch (below(7)) {
	case 0:
		input.bytes[below(input.size)] ^= (uint8_t)(1 << below(8));
		break;
	case 1:
		input.bytes[below(input.size)] = (uint8_t)below(256);
		break;
	case 2:
		input.bytes[below(input.size)] = (uint8_t)" \n:0AFG"[below(7)];
		break;
	case 3:
		overwrite_word();
		break;
	case 4:
		delete_range();
		break;
	case 5:
		splice();
		break;
	default:
		input.size = below(input.size + 1);
	}
}

int main(int argc, char **argv)
{
	uint64_t first, runs;

	if (argc < 4 || argc > 3 + SEEDS) {
		fprintf(stderr, "usage: fuzz_read FIRST RUNS SEED...\n");
		return 2;
	}
	first = strtoull(argv[1], NULL, 10);
	runs = strtoull(argv[2], NULL, 10);
	for (int i = 3; i < argc; i++)
		if (load(argv[i]) < 0)
			return 2;
	signal(SIGABRT, name_run);
	signal(SIGALRM, name_run); /* a reader that never returns */
	for (run = first; run < first + runs; run++) {
		state = (run + 1) * 0x9e3779b97f4a7c15ULL;
		input = seeds[below(seed_count)];
		for (size_t times = below(8); times > 0; times--)
			damage();
		alarm(10);
		LLVMFuzzerTestOneInput(input.bytes, input.size);
	}
	printf("fuzz_read: %llu inputs\n", (unsigned long long)runs);
	return 0;
}
