/*
 * fuzz.h - what the targets share. A target is one LLVMFuzzerTestOneInput(): libFuzzer calls it with
 * inputs that it makes, replay.c with those of the corpus. System calls are the target's own, so an
 * input alone decides what happens.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* An invariant, whatever the input. */
#define REQUIRE(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

/* What is left of the input. */
struct input {
	const uint8_t *at;
	size_t left;
};

/* Where it has ended, zeroes follow. */
static inline uint8_t take(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->at++;
}

static inline uint16_t take_16(struct input *input)
{
	uint16_t low = take(input);

	return (uint16_t)(low | take(input) << 8);
}

static inline void take_bytes(struct input *input, void *to, size_t size)
{
	size_t there = size < input->left ? size : input->left;

	if (there)
		memcpy(to, input->at, there);
	memset((char *)to + there, 0, size - there);
	input->at += there;
	input->left -= there;
}

#endif
