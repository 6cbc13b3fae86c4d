/* buffer.h - a buffer of any size and place, in which nothing may touch what is behind it. */
#ifndef FUZZ_BUFFER_H
#define FUZZ_BUFFER_H

#include "fuzz.h"

#if defined(__SANITIZE_ADDRESS__)
#define BUFFER_CHECKED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BUFFER_CHECKED
#endif
#endif

#ifdef BUFFER_CHECKED
#include <sanitizer/asan_interface.h>
#endif

#define BUFFER_MOST (1 << 20)
#define BUFFER_BEHIND 64

struct buffer {
	_Alignas(64) char bytes[BUFFER_MOST + BUFFER_BEHIND];
	char *at;
	size_t size;
};

/* `at` and `size` as the callee gets them; what it had before stays in it. */
static inline void buffer_begin(struct buffer *buffer, size_t misaligned, size_t size)
{
	REQUIRE(misaligned + size <= BUFFER_MOST);
	buffer->at = buffer->bytes + misaligned;
	buffer->size = size;
	memset(buffer->at + size, 0x5a, BUFFER_BEHIND);
#ifdef BUFFER_CHECKED
	__asan_poison_memory_region(buffer->at + size, BUFFER_BEHIND);
#endif
}

static inline void buffer_end(struct buffer *buffer)
{
	const char *behind = buffer->at + buffer->size;

#ifdef BUFFER_CHECKED
	__asan_unpoison_memory_region(behind, BUFFER_BEHIND);
#endif
	for (int i = 0; i < BUFFER_BEHIND; i++)
		REQUIRE(behind[i] == 0x5a);
}

#endif
